"""Calibration corrects the log-odds of texts, and weights product values within their limits."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from sentiment.model.calibration import Unseen, calibrate
from sentiment.reviews.product import PRODUCT_VALUES, WEIGHT_LIMITS, ProductStats, product_values

ROWS = 4_000


def drawn(praise: float, blame: float, stars: float, rows: int = ROWS) -> Unseen:
    """Texts and products whose labels follow 0.8 times the text's log-odds, plus these times the product's values."""
    random = np.random.default_rng(0)
    texts = random.normal(0.5, 2.0, rows)
    shares, stats = random.random(rows), []
    for share in shares:
        mean_stars = float(np.clip(1 + 4 * share + random.normal(), 1, 5))
        stats.append(ProductStats(int(random.integers(0, 200)), mean_stars, float(share)))
    products = np.array([product_values(one) for one in stats])
    log_odds = 0.8 * texts + 0.3 + products @ np.array([praise, blame, stars])
    labels = (random.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    return Unseen(texts, products, labels, np.ones(rows), characters=np.zeros(rows), unknown=np.zeros(rows))


def test_informative_products_get_weights() -> None:
    found = calibrate(drawn(0.8, -0.8, 0.3, rows=40_000))
    assert found.slope == pytest.approx(0.8, abs=0.03)
    assert found.product == pytest.approx([0.8, -0.8, 0.3], abs=0.15)


@pytest.mark.parametrize("weights", [(-3.0, 3.0, -3.0), (9.0, -9.0, 9.0)], ids=["against love", "overwhelming"])
def test_weights_stay_within_their_limits_whatever_the_data_say(weights: tuple[float, float, float]) -> None:
    found = calibrate(drawn(*weights))
    for name, weight in zip(PRODUCT_VALUES, found.product, strict=True):
        low, high = WEIGHT_LIMITS[name]
        assert low <= weight <= high


def test_uninformative_products_get_almost_no_weight() -> None:
    assert np.abs(calibrate(drawn(0.0, 0.0, 0.0, rows=40_000)).product).max() < 0.15


def test_few_reviews_give_products_small_weights() -> None:
    unseen = drawn(0.0, 0.0, 0.0)
    unseen.products[3:] = 0.0
    unseen.labels[:3] = unseen.products[:3, 0] > unseen.products[:3, 1]  # as if products decided everything
    assert np.abs(calibrate(unseen).product).max() < 0.5


def test_without_products_it_is_platt_scaling() -> None:
    unseen = drawn(0.5, -0.5, 0.2)
    found = calibrate(unseen._replace(products=np.zeros_like(unseen.products)))
    platt = LogisticRegression(C=np.inf, solver="newton-cg").fit(unseen.log_odds[:, None], unseen.labels)
    assert (found.slope, found.offset) == (platt.coef_[0, 0], platt.intercept_[0])
    assert not found.product.any()


def test_a_review_of_weight_two_counts_as_two() -> None:
    unseen = drawn(0.8, -0.8, 0.3)
    twice = np.arange(ROWS) % 3 == 0
    weighted = calibrate(unseen._replace(weights=unseen.weights + twice))
    rows = np.concatenate([np.arange(ROWS), np.flatnonzero(twice)])
    repeated = calibrate(Unseen(*(column[rows] for column in unseen)))
    assert [weighted.slope, weighted.offset, *weighted.product] == pytest.approx(
        [repeated.slope, repeated.offset, *repeated.product], abs=1e-4
    )
