"""The reviews that visitors send: held-out ones, and ones that the loop does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.reviews.reading import read_reviews
from sentiment.reviews.review import Review, is_held_out
from sentiment.reviews.sample import is_fresh, load_sample
from sentiment.schemas.api import MAX_TEXT
from traffic.visits import SentReview

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def built_in() -> tuple[list[SentReview], list[SentReview]]:
    """The sample's held-out reviews, and those that a loop on the sample does not have."""
    reviews = load_sample()
    return (
        _sendable(review for review in reviews if is_held_out(review.review_id)),
        _sendable(review for review in reviews if is_fresh(review)),
    )


def of_files(paths: Iterable[Path]) -> tuple[list[SentReview], list[SentReview]]:
    """The held-out and the other reviews of files, without rows that are unreadable or have no label.

    Raises:
        OSError: A file cannot be opened.
        UnknownFormatError: A file has none of the known formats.
    """
    reviews = [found for path in paths for found in read_reviews(path) if isinstance(found, Review)]
    return (
        _sendable(review for review in reviews if is_held_out(review.review_id)),
        _sendable(review for review in reviews if not is_held_out(review.review_id)),
    )


def _sendable(reviews: Iterable[Review]) -> list[SentReview]:
    """Each text once, with its title as a model reads it, without those that are too long for the API."""
    found: dict[str, SentReview] = {}
    for review in reviews:
        text = (f"{review.title}\n{review.text}" if review.title else review.text).strip()
        if review.label and 0 < len(text) <= MAX_TEXT:
            found.setdefault(text, SentReview(text, review.label, review))
    return list(found.values())
