"""The built-in sample: real Amazon reviews that ship with it. `ATTRIBUTION.md` names their authors."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from sentiment.reviews.record import from_record
from sentiment.reviews.review import is_held_out

if TYPE_CHECKING:
    from sentiment.reviews.review import Review

REPLAYED_DAYS = 90
FRESH_PERCENT = 20


def load_sample(replayed_until: datetime | None = None) -> list[Review]:
    """Return the 5,900 built-in reviews and sentences of reviews, in a fixed order, none of them twice.

    Args:
        replayed_until: With a time, every review is given one in the 90 days before it, spread evenly by
            its id. Those times are a demonstration's, not the reviews' own: who shows them says "replayed".

    Raises:
        ValueError: `replayed_until` has no time zone.
    """
    if replayed_until is not None and replayed_until.tzinfo is None:
        raise ValueError("replayed_until needs a time zone")
    data = gzip.decompress(files(__package__).joinpath("reviews.jsonl.gz").read_bytes())
    reviews = [from_record(json.loads(line)) for line in data.splitlines()]
    if replayed_until is None:
        return reviews
    return [replace(review, time=replayed_time(review, replayed_until)) for review in reviews]


def is_fresh(review: Review) -> bool:
    """Tell whether a loop on the sample learns of this review from its visitors: 20 % of those to train on.

    What is known from the start tells how far a visitor's feedback can be trusted, and labels nothing; these are the
    reviews that stars bring later, or that feedback can label (`docs/decisions/0060-fresh-reviews.md`).
    """
    if is_held_out(review.review_id):
        return False
    digest = hashlib.blake2b(review.review_id.encode(), digest_size=8, person=b"fresh").digest()
    return int.from_bytes(digest, "big") % 100 < FRESH_PERCENT


def split_group(review: Review) -> str:
    """Return what must stay in one part when sources are left out: the source before its first slash."""
    return review.source.split("/", 1)[0]


def replayed_time(review: Review, until: datetime) -> datetime:
    """Return a time for a review in the 90 days before another, always the same for it: not the review's own.

    Args:
        review: Its id decides.
        until: With a time zone.
    """
    share = int(review.review_id[:12], 16) / 16**12  # [0, 1)
    return until.astimezone(UTC) - timedelta(days=REPLAYED_DAYS) * share
