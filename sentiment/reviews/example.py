"""What training learns from: a labelled review, how much it counts, and what was known of its product before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.reviews.review import is_held_out

if TYPE_CHECKING:
    from sentiment.reviews.product import ProductStats
    from sentiment.reviews.review import Label, Review

FEEDBACK_SOURCE = "feedback"
"""Source of the reviews whose label people gave by judging a prediction."""


@dataclass(frozen=True, slots=True)
class Example:
    """One review to learn from.

    Attributes:
        review: With its label; without one it is left aside.
        weight: How much it counts beside a review of weight 1, from 0 (left out) to 1.
        product: What was known of its product when it was written; None where nothing was.
    """

    review: Review
    weight: float = 1.0
    product: ProductStats | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.weight <= 1.0:
            raise ValueError(f"an example's weight must be between 0 and 1, not {self.weight!r}")

    @property
    def label(self) -> Label | None:
        """The review's label."""
        return self.review.label

    @property
    def is_held_out(self) -> bool:
        """Whether it is never trained on, by any version."""
        return is_held_out(self.review.review_id)

    @property
    def is_feedback(self) -> bool:
        """Whether people gave its label by judging a prediction."""
        return self.review.source == FEEDBACK_SOURCE
