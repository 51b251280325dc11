"""The built-in sample: real Amazon reviews; `ATTRIBUTION.md` names who collected them."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from sentiment.reviews.held_out import was_held_out
from sentiment.reviews.record import from_record

if TYPE_CHECKING:
    from sentiment.reviews.review import Review

REPLAYED_DAYS = 90
FRESH_PERCENT = 20


def load_sample(replayed_until: datetime | None = None) -> list[Review]:
    """Return the 5,900 built-in reviews and sentences of reviews, in a fixed order, without duplicates.

    Args:
        replayed_until: Give every review a time in the 90 days before this one, spread evenly by its id. These times
            are for demonstrations, and are labelled "replayed" wherever they are shown.

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
    """Return whether a loop on the sample starts without this review: 20 % of those that `was_held_out` leaves.

    Which these are is no secret, and does not change with what a loop holds out.
    Feedback on reviews that are known from the start labels nothing; it can label these, and their stars arrive later
    (`docs/decisions/0060-fresh-reviews.md`).
    """
    if was_held_out(review.review_id):
        return False
    digest = hashlib.blake2b(review.review_id.encode(), digest_size=8, person=b"fresh").digest()
    return int.from_bytes(digest, "big") % 100 < FRESH_PERCENT


def split_group(review: Review) -> str:
    """Return the group of sources that are left out together: the source up to its first slash."""
    return review.source.split("/", 1)[0]


def replayed_time(review: Review, until: datetime) -> datetime:
    """Return a made-up time for a review in the 90 days before `until`, always the same for the same id."""
    share = int(review.review_id[:12], 16) / 16**12  # [0, 1)
    return until.astimezone(UTC) - timedelta(days=REPLAYED_DAYS) * share
