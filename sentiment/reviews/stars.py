"""Stars of a review: their bounds, and the label that follows from them. Standard library only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentiment.reviews.review import Label

MIN_STARS = 1
MAX_STARS = 5
LEAST_POSITIVE_STARS = 4
MOST_NEGATIVE_STARS = 2


def label_of_stars(stars: float) -> Label | None:
    """Return `positive` for 4 and 5 stars, `negative` for 1 and 2, None in between."""
    if stars >= LEAST_POSITIVE_STARS:
        return "positive"
    return "negative" if stars <= MOST_NEGATIVE_STARS else None
