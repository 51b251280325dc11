"""A review as a line of JSON, as `convert` writes it and the built-in sample stores it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sentiment.reviews.review import Review, review_id_of
from sentiment.reviews.stars import MAX_STARS, MIN_STARS, label_of_stars

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = ("review_id", "product_id", "title", "text", "stars", "label", "time", "source")


def to_line(review: Review) -> str:
    """Return the review as one line of ASCII JSON, without a line end, its keys always in the same order."""
    return json.dumps(
        {
            "review_id": review.review_id,
            "product_id": review.product_id,
            "title": review.title,
            "text": review.text,
            "stars": review.stars,
            "label": review.label,
            "time": None if review.time is None else review.time.astimezone(UTC).isoformat(),
            "source": review.source,
        },
        separators=(",", ":"),
    )


def from_record(record: Mapping[str, Any]) -> Review:
    """Return the review in a record that `to_line` wrote.

    Raises:
        ValueError: `to_line` does not write such records; the message says which field is wrong.
    """
    missing = [field for field in FIELDS if field not in record]
    _require(not missing, f"missing {', '.join(missing)}")
    for field in ("review_id", "title", "text", "source"):
        _require(isinstance(record[field], str), f"{field} is not text")
    _require(record["text"].strip() != "", "text is empty")
    product_id, stars, label = record["product_id"], record["stars"], record["label"]
    _require(product_id is None or isinstance(product_id, str), "product_id is neither text nor null")
    _require(
        product_id is None or product_id.strip() != "", "product_id is empty; it must be null if there is no product"
    )
    own_id = review_id_of(product_id=product_id, title=record["title"], text=record["text"])
    _require(record["review_id"] == own_id, "review_id does not match product, title and text")
    if stars is not None:
        _require(
            type(stars) in (int, float) and MIN_STARS <= stars <= MAX_STARS,
            f"stars is neither {MIN_STARS} to {MAX_STARS} nor null",
        )
        _require(label == label_of_stars(stars), "label and stars contradict each other")
    _require(label in ("positive", "negative", None), "label is neither positive, negative nor null")
    return Review(
        review_id=own_id,
        product_id=product_id,
        title=record["title"],
        text=record["text"],
        stars=None if stars is None else float(stars),
        label=label,
        time=_time(record["time"]),
        source=record["source"],
    )


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - an assertion that `-O` does not strip
    if not condition:
        raise ValueError(message)


def _time(time: Any) -> datetime | None:  # noqa: ANN401 - what the JSON has
    if time is None:
        return None
    with suppress(TypeError, ValueError, OverflowError):
        parsed = datetime.fromisoformat(time)
        if parsed.tzinfo is not None:
            return parsed.astimezone(UTC)
    raise ValueError("time is neither ISO 8601 with a time zone nor null")
