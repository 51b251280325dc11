"""Real reviews to try: those of the built-in sample that a loop on the sample holds out."""

from __future__ import annotations

from sentiment.reviews.held_out import was_held_out
from sentiment.reviews.sample import load_sample

FEWEST_WORDS = 8
"""A sentence of fewer words shows little."""


def examples() -> list[str]:
    """Return the texts, always in the same order."""
    held_out = (review.full_text for review in load_sample() if was_held_out(review.review_id))
    return [text for text in held_out if len(text.split()) >= FEWEST_WORDS]
