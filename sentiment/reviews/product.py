"""Product values: what a product's earlier reviews tell the model. Standard library only.

The values are the shares of praise and of blame in the product's reviews and the balance of its stars, all shrunk
towards zero while there are few reviews. An unknown product has zeros and adds nothing to a prediction. With weights
inside `WEIGHT_LIMITS`, a review that praises the product never lowers the probability of the next one, and no number of
reviews moves the log-odds by more than `MAX_MOVE`.
"""

from __future__ import annotations

from typing import NamedTuple

from sentiment.reviews.stars import MAX_STARS, MIN_STARS

SHRINKAGE = 10.0
"""Number of reviews that count half of what infinitely many of the same would count."""

MAX_MOVE = 1.5
"""Most that a product may move the log-odds: it never overturns a text that is at least 82 % certain."""

WEIGHT_LIMITS: dict[str, tuple[float, float]] = {
    "product_praise": (0.0, 1.0),
    "product_blame": (-1.0, 0.0),
    "product_stars": (0.0, 0.5),
}
"""Lowest and highest weight of each value. Praise and stars, or blame and stars, add up to at most `MAX_MOVE`."""

PRODUCT_VALUES: tuple[str, ...] = tuple(WEIGHT_LIMITS)
"""Names of the values, in order."""


class ProductStats(NamedTuple):
    """Statistics of a product's reviews in the 90 days before a day.

    Attributes:
        reviews: Number of reviews.
        mean_stars: 1 to 5; None if no review has stars.
        positive_share: Share of positive reviews, 0 to 1.
    """

    reviews: int
    mean_stars: float | None
    positive_share: float


def product_values(stats: ProductStats | None) -> list[float]:
    """Return the values in the order of `PRODUCT_VALUES`; zeros for None and for a product without reviews.

    Raises:
        ValueError: The share is outside 0 to 1, or the stars are outside 1 to 5.
    """
    if stats is None or stats.reviews <= 0:
        return [0.0] * len(PRODUCT_VALUES)
    reviews, mean_stars, positive_share = stats
    if not 0.0 <= positive_share <= 1.0:
        raise ValueError(f"a product's positive share must be between 0 and 1, not {positive_share!r}")
    if mean_stars is not None and not MIN_STARS <= mean_stars <= MAX_STARS:
        raise ValueError(f"a product's mean stars must be between {MIN_STARS} and {MAX_STARS}, not {mean_stars!r}")
    trust = reviews / (reviews + SHRINKAGE)
    middle = (MIN_STARS + MAX_STARS) / 2
    stars = 0.0 if mean_stars is None else (mean_stars - middle) / (MAX_STARS - middle)
    return [trust * positive_share, trust * (1.0 - positive_share), trust * stars]
