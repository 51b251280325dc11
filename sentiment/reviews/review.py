"""One review, as every reader yields it and every later step consumes it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

Label = Literal["positive", "negative"]

HELD_OUT_PERCENT = 10
MIN_STARS = 1
MAX_STARS = 5
LEAST_POSITIVE_STARS = 4
MOST_NEGATIVE_STARS = 2


@dataclass(frozen=True, slots=True)
class Review:
    """A review without its author: names and user ids are never kept.

    Attributes:
        review_id: Deterministic, from the content (`review_id_of`): reading twice gives the same ids.
        product_id: The shop's id of the product, where the source has one.
        title: The headline; empty where there is none.
        text: The body, as written.
        stars: 1 to 5, where the source has them.
        label: From the stars (`label_of_stars`) or given by the source; None for three stars.
        time: When it was written, in UTC, where the source says so.
        source: Where it came from, for slices in an evaluation, such as `amazon_2023/All_Beauty`.
    """

    review_id: str
    product_id: str | None
    title: str
    text: str
    stars: float | None
    label: Label | None
    time: datetime | None
    source: str

    @property
    def full_text(self) -> str:
        """What the model reads: the title, where there is one, on a line above the text."""
        return f"{self.title}\n{self.text}" if self.title else self.text


def label_of_stars(stars: float) -> Label | None:
    """Return `positive` for 4 and 5 stars, `negative` for 1 and 2, None (dropped) between."""
    if stars >= LEAST_POSITIVE_STARS:
        return "positive"
    return "negative" if stars <= MOST_NEGATIVE_STARS else None


def review_id_of(*, product_id: str | None, title: str, text: str) -> str:
    """Return 32 hexadecimal digits that depend on the content alone: a repeated row gets the same id."""
    content = "\x1f".join((product_id or "", title, text))
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def is_held_out(review_id: str) -> bool:
    """Tell whether this review is never trained on, by any version: 10 % by hash of its id."""
    digest = hashlib.blake2b(review_id.encode(), digest_size=8, person=b"held-out").digest()
    return int.from_bytes(digest, "big") % 100 < HELD_OUT_PERCENT
