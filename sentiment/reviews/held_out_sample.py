"""Real reviews to try: those of the built-in sample that a model trained on it without a loop's key holds out.

Whether the model that answers was trained on one, nobody can know from here: what a loop holds out is its secret.
"""

from __future__ import annotations

from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.sample import load_sample

FEWEST_WORDS = 8
"""A sentence of fewer words shows little."""


def held_out_sample() -> list[str]:
    """Return the texts, always in the same order."""
    held_out = (review.full_text for review in load_sample() if PUBLIC.holds_out(review.text))
    return [text for text in held_out if len(text.split()) >= FEWEST_WORDS]
