"""Real reviews to try: those of the built-in sample that a model trained on it without a loop's key holds out.

Whether the model that answers was trained on one, nobody can know from here: what a loop holds out is its secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from sentiment.reviews.review import Review

FEWEST_WORDS = 8
"""A sentence of fewer words shows little."""


def held_out_sample() -> list[Review]:
    """Return the reviews, always in the same order."""
    held_out = (review for review in load_sample() if PUBLIC.holds_out(review.text))
    return [review for review in held_out if len(review.full_text.split()) >= FEWEST_WORDS]
