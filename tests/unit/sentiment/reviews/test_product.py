"""Product values: unknown products are neutral, praise never lowers them, and numbers are limited."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.reviews.product import MAX_MOVE, PRODUCT_VALUES, WEIGHT_LIMITS, ProductStats, product_values

WEIGHTS = st.tuples(*(st.floats(low, high) for low, high in WEIGHT_LIMITS.values()))


def moved(weights: tuple[float, ...], stats: ProductStats) -> float:
    return sum(weight * value for weight, value in zip(weights, product_values(stats), strict=True))


def stats_of(stars: list[int]) -> ProductStats:
    positive = sum(one >= 4 for one in stars)
    return ProductStats(len(stars), sum(stars) / len(stars), positive / len(stars))


@pytest.mark.parametrize("stats", [None, ProductStats(0, None, 0.0), ProductStats(0, 4.5, 1.0)])
def test_an_unknown_product_has_zeros(stats: ProductStats | None) -> None:
    assert product_values(stats) == [0.0] * len(PRODUCT_VALUES)


def test_few_reviews_count_less_than_many_of_the_same() -> None:
    one, ten, thousand = (product_values(ProductStats(reviews, 5.0, 1.0)) for reviews in (1, 10, 1000))
    assert one[0] < ten[0] == 0.5 < thousand[0] < 1.0


def test_without_stars_only_the_shares_count() -> None:
    assert product_values(ProductStats(10, None, 0.75)) == [0.375, 0.125, 0.0]


PAIRS_OF_STARS = st.tuples(st.floats(1, 5), st.floats(1, 5)).map(sorted)
PAIRS_OF_SHARES = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


@given(WEIGHTS, st.integers(1, 10**12), PAIRS_OF_STARS, PAIRS_OF_SHARES)
def test_a_better_loved_product_never_adds_less(
    weights: tuple[float, ...], reviews: int, stars: list[float], shares: list[float]
) -> None:
    worse, better = (ProductStats(reviews, *pair) for pair in zip(stars, shares, strict=True))
    assert moved(weights, better) >= moved(weights, worse) - 1e-12


@given(WEIGHTS, st.lists(st.integers(1, 5), min_size=1, max_size=60))
def test_five_stars_never_lower_and_one_star_never_raises_the_values(
    weights: tuple[float, ...], stars: list[int]
) -> None:
    before = moved(weights, stats_of(stars))
    assert moved(weights, stats_of([*stars, 5])) >= before - 1e-12
    assert moved(weights, stats_of([*stars, 1])) <= before + 1e-12


@given(WEIGHTS, st.integers(0, 10**18), st.floats(0, 1), st.none() | st.floats(1, 5))
def test_no_number_of_reviews_moves_more_than_the_limit(
    weights: tuple[float, ...], reviews: int, share: float, stars: float | None
) -> None:
    assert abs(moved(weights, ProductStats(reviews, stars, share))) <= MAX_MOVE + 1e-12


@pytest.mark.parametrize(
    "stats",
    [
        ProductStats(3, 4.0, 1.5),
        ProductStats(3, 4.0, -0.1),
        ProductStats(3, 4.0, float("nan")),
        ProductStats(3, 0.0, 0.5),
        ProductStats(3, 5.5, 0.5),
        ProductStats(3, float("nan"), 0.5),
    ],
)
def test_impossible_statistics_are_refused(stats: ProductStats) -> None:
    with pytest.raises(ValueError, match="a product's"):
        product_values(stats)
