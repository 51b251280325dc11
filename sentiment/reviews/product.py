"""What is known of a review's product before the review, as a few values of the model. Standard library only.

The values are the praise and the blame in the product's reviews, each as a share that is shrunk towards nothing while
the reviews are few, and the balance of its stars, shrunk alike. A product of which nothing is known has zeros: it adds
nothing to a prediction. With weights inside `WEIGHT_LIMITS`, a review that praises the product never lowers the
probability of the next one, and no number of reviews moves the log-odds by more than `MAX_MOVE`.
"""

from __future__ import annotations

from typing import NamedTuple

SHRINKAGE = 10.0
"""As many reviews as this count half of what endlessly many of the same would count."""

MAX_MOVE = 1.5
"""Log-odds that a product may move at most: a text that is 82 % sure, or more, is not overturned by it."""

WEIGHT_LIMITS: dict[str, tuple[float, float]] = {
    "product_praise": (0.0, 1.0),
    "product_blame": (-1.0, 0.0),
    "product_stars": (0.0, 0.5),
}
"""Lowest and highest weight of each value. Praise and stars together, as blame and stars, stay within `MAX_MOVE`."""

PRODUCT_VALUES: tuple[str, ...] = tuple(WEIGHT_LIMITS)
"""Names of the values, in their order."""

MIN_STARS = 1
MAX_STARS = 5


class ProductStats(NamedTuple):
    """A product's reviews over the 90 days before a day.

    Attributes:
        reviews: How many there are.
        mean_stars: 1 to 5; None where none of them has stars.
        positive_share: How many of them praise, 0 to 1.
    """

    reviews: int
    mean_stars: float | None
    positive_share: float


def product_values(stats: ProductStats | None) -> list[float]:
    """Return the values in the order of `PRODUCT_VALUES`: all zeros for None and for a product without reviews.

    Raises:
        ValueError: A share outside 0 to 1, or stars outside 1 to 5: no product has such reviews.
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
