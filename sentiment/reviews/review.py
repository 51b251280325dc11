"""A review, its label and its id."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

Label = Literal["positive", "negative"]


@dataclass(frozen=True, slots=True)
class Review:
    """A review, without its author: names and user ids are never stored.

    Attributes:
        review_id: Derived from the content (`review_id_of`), so that reading twice gives the same ids.
        product_id: The shop's id of the product, if the source has one.
        title: The headline; empty if there is none.
        text: The body, as written.
        stars: 1 to 5, if the source has them.
        label: From the stars (`label_of_stars`) or from the source; None for three stars.
        time: When it was written, in UTC, if the source says so.
        source: Where it came from, such as `amazon_2023/All_Beauty`; evaluations have a slice for each source.
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
        """What the model reads."""
        return full_text_of(self.title, self.text)


def full_text_of(title: str, text: str) -> str:
    """Return what the model reads of a review: the title, where there is one, on a line above the text."""
    return f"{title}\n{text}" if title else text


def review_id_of(*, product_id: str | None, title: str, text: str) -> str:
    """Return 32 hexadecimal digits that depend only on the content: a repeated row gets the same id."""
    content = "\x1f".join((product_id or "", title, text))
    return hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
