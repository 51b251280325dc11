"""What a model is trained on: a labelled review, its weight, and its product's statistics at the time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.reviews.held_out import PUBLIC, HoldOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sentiment.reviews.product import ProductStats
    from sentiment.reviews.review import Label, Review

FEEDBACK_SOURCE = "feedback"
"""Source of reviews that feedback labelled."""


@dataclass(frozen=True, slots=True)
class Example:
    """One review to train on.

    Attributes:
        review: The review; one without a label is not trained on.
        weight: How much it counts, from 0 (not trained on) to 1.
        product: Statistics of its product before it was written; None if there are none.
        held_out: Whether no version is ever trained on it; decided once, and stored with the text.
    """

    review: Review
    weight: float = 1.0
    product: ProductStats | None = None
    held_out: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.weight <= 1.0:
            raise ValueError(f"an example's weight must be between 0 and 1, not {self.weight!r}")

    @property
    def label(self) -> Label | None:
        """The review's label."""
        return self.review.label

    @property
    def is_feedback(self) -> bool:
        """Whether feedback gave its label."""
        return self.review.source == FEEDBACK_SOURCE


def as_examples(reviews: Iterable[Review], hold_out: HoldOut = PUBLIC) -> Iterator[Example]:
    """Yield reviews as examples, held out by a key."""
    for review in reviews:
        yield Example(review, held_out=hold_out.holds_out(review.text))
