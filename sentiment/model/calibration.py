"""Calibration of the log-odds, and the weights of the product values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from sentiment.reviews.product import WEIGHT_LIMITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

PENALTY = 10.0
"""Penalty on half the squared product weights: a normal prior of variance 0.1, since a few reviews prove little."""


class Unseen(NamedTuple):
    """Reviews that calibrate the weights, as predicted by weights that were not fitted on them.

    Attributes:
        log_odds: Shape (n,).
        products: Values of their products, shape (n, k), in the order of `PRODUCT_VALUES`.
        labels: 1 for positive, shape (n,).
        weights: How much each counts, shape (n,).
        characters: Length of each text, shape (n,).
        unknown: Share of each text's n-grams that have no weight, shape (n,).
    """

    log_odds: NDArray[np.float64]
    products: NDArray[np.float64]
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    characters: NDArray[np.float64]
    unknown: NDArray[np.float64]


class Calibration(NamedTuple):
    """Calibrated log-odds: `slope` times a text's, plus `offset`, plus its product's values times `product` (k,)."""

    slope: float
    offset: float
    product: NDArray[np.float64]

    def log_odds(self, texts: NDArray[np.float64], products: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the calibrated log-odds of texts (n,) with product values (n, k)."""
        return self.slope * texts + self.offset + products @ self.product


def calibrate(unseen: Unseen) -> Calibration:
    """Return slope and offset (Platt 1999), and the weights of the product values, from texts not trained on.

    The product's weights are fitted here, on unseen texts: fitted together with thousands of n-grams that can explain
    every training text, they would have nothing left to explain. They stay within `WEIGHT_LIMITS`.
    """
    log_odds, products, labels, weights, _, _ = unseen
    model = LogisticRegression(C=math.inf, solver="newton-cg")
    model.fit(log_odds[:, None], labels, sample_weight=weights)
    slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
    if not products.any():
        return Calibration(slope, offset, np.zeros(products.shape[1]))
    columns = np.column_stack([log_odds, np.ones(len(log_odds)), products])
    signs = np.where(labels == 1, 1.0, -1.0)
    penalised = np.array([0.0, 0.0, *[PENALTY] * products.shape[1]])

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = signs * (columns @ point)
        value = weights @ np.logaddexp(0.0, -margins) + 0.5 * (penalised @ point**2)
        return float(value), -columns.T @ (weights * signs * expit(-margins)) + penalised * point

    bounds = [(None, None), (None, None), *WEIGHT_LIMITS.values()]
    start = np.array([slope, offset, *[0.0] * products.shape[1]])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-8})
    return Calibration(float(found.x[0]), float(found.x[1]), found.x[2:])
