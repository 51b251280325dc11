"""Fitting the weights: balanced logistic regression over blocks on disk, stopped by the reserved reviews.

The model is that of `sentiment.model.training`. Its lexicon values are correlated, and n-grams differ a thousandfold in
how many reviews contain them, so that a solver would need a hundred passes. In coordinates divided by the root of the
curvature (for the lexicon values: of its matrix), it needs twenty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from sentiment.model import features

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from sentiment.model.streaming.blocks import Block

CURVATURE = 0.05
"""Approximate p (1 - p) of a review with the fitted weights: its share in the curvature of the loss."""

MAX_STEPS = 50
PATIENCE = 5
"""Steps without a lower loss of the reserved reviews, after which the fit stops."""


class Model(NamedTuple):
    """Weights of the unscaled columns: n-grams (width,), lexicon values (values,), and the intercept."""

    ngrams: NDArray[np.float64]
    values: NDArray[np.float64]
    intercept: float

    def log_odds(self, block: Block) -> NDArray[np.float64]:
        """Return the log-odds of a block's reviews, shape (n,)."""
        sums = block.presence(len(self.ngrams)) @ self.ngrams
        log_odds: NDArray[np.float64] = block.norms * sums + block.values @ self.values + self.intercept
        return log_odds

    def unknown_share(self, block: Block) -> NDArray[np.float64]:
        """Return the share of each review's n-grams that have no weight, shape (n,)."""
        known = block.presence(len(self.ngrams)) @ (self.ngrams != 0)
        squares = block.norms**2
        share: NDArray[np.float64] = 1.0 - known * squares / (1.0 - 2.0 * squares)
        return share


class Moments:
    """Sums over the reviews trained on, by label (0 negative, 1 positive): they scale columns and estimate curvature.

    Attributes:
        rows: Number of reviews, int64 (2,).
        weight: Their weight, (2,).
        held_by: Weight of those that contain each n-gram, (2, width).
        squares: Weighted squares of each n-gram's value, (2, width).
        values: Weighted products of every two lexicon values, and of each with 1, (2, values + 1, values + 1).
        reserved: Number of reserved reviews, int64 (2,).
    """

    def __init__(self, width: int) -> None:
        size = len(features.VALUES) + 1
        self.rows = np.zeros(2, dtype=np.int64)
        self.weight = np.zeros(2)
        self.held_by = np.zeros((2, width))
        self.squares = np.zeros((2, width))
        self.values = np.zeros((2, size, size))
        self.reserved = np.zeros(2, dtype=np.int64)

    def add(self, block: Block) -> None:
        """Add the reviews of a block."""
        self.reserved += np.bincount(block.labels[block.reserved], minlength=2)
        weights = np.where(block.reserved, 0.0, block.weights)
        of_label = np.stack([weights * (block.labels == label) for label in (0, 1)])
        sums = block.presence(self.held_by.shape[1]).T @ np.concatenate([of_label, of_label * block.norms**2]).T
        self.held_by += sums[:, :2].T
        self.squares += sums[:, 2:].T
        values = np.column_stack([block.values, np.ones(len(block.norms))]).astype(np.float64)
        for label in (0, 1):
            self.rows[label] += np.count_nonzero((block.labels == label) & ~block.reserved)
            self.weight[label] += of_label[label].sum()
            self.values[label] += (values * of_label[label][:, None]).T @ values

    def balance(self) -> NDArray[np.float64]:
        """Return the factor of each label's reviews that makes both labels count the same, (2,)."""
        balance: NDArray[np.float64] = self.weight.sum() / (2 * self.weight)
        return balance

    def ngram_scale(self, least: float) -> NDArray[np.float64]:
        """Return the root of each n-gram's absolute log-count ratio, 0 for those in fewer reviews, (width,)."""
        shares = (self.held_by + 1) / (self.weight[:, None] + 2)
        scale: NDArray[np.float64] = np.sqrt(np.abs(np.log(shares[1] / shares[0])))
        scale[self.held_by.sum(axis=0) < least] = 0.0
        return scale

    def value_scale(self) -> NDArray[np.float64]:
        """Return one over the root mean square of each lexicon value, (values,)."""
        mean_squares = np.diagonal(self.values.sum(axis=0))[:-1] / self.weight.sum()
        scale: NDArray[np.float64] = 1 / np.sqrt(np.where(mean_squares > 0, mean_squares, 1.0))
        return scale


class Objective:
    """The loss of the reviews trained on, its gradient, and the loss of the reserved reviews.

    Args:
        blocks: The reviews, read once per evaluation.
        moments: Moments of the same reviews.
        regularization_c: Inverse strength of the penalty on the weights of the scaled columns.
        min_reviews: N-grams in fewer reviews get no weight.
    """

    def __init__(
        self, blocks: Iterable[Block], moments: Moments, *, regularization_c: float, min_reviews: float
    ) -> None:
        self._blocks = blocks
        self._balance = moments.balance()
        self._ngram_scale = moments.ngram_scale(min_reviews)
        self._value_scale = np.append(moments.value_scale(), 1.0)
        self._penalty = 1 / regularization_c
        self._width = len(self._ngram_scale)
        squares = CURVATURE * self._balance @ moments.squares * self._ngram_scale**2
        self._ngram_step = 1 / np.sqrt(squares + self._penalty)
        products = CURVATURE * np.tensordot(self._balance, moments.values, axes=1)
        products *= np.outer(self._value_scale, self._value_scale)
        self._value_penalty = np.append(np.full(len(self._value_scale) - 1, self._penalty), 0.0)
        curvature = products + self._penalty * np.eye(len(products))
        self._value_step = np.linalg.inv(np.linalg.cholesky(curvature)).T
        self.reserved_loss = np.inf
        """Mean loss of the reserved reviews at the last evaluated point."""

    @property
    def size(self) -> int:
        """Number of coordinates of a point."""
        return self._width + len(self._value_scale)

    def model(self, point: NDArray[np.float64]) -> Model:
        """Return the weights at a point of shape (size,)."""
        values = self._value_scale * (self._value_step @ point[self._width :])
        return Model(self._ngram_scale * self._ngram_step * point[: self._width], values[:-1], float(values[-1]))

    def __call__(self, point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return the loss at a point and its gradient, shape (size,); set `reserved_loss`."""
        ngrams = self._ngram_step * point[: self._width]
        values = self._value_step @ point[self._width :]
        model = self.model(point)
        loss = 0.5 * self._penalty * float(ngrams @ ngrams) + 0.5 * float(self._value_penalty @ values**2)
        slope_ngrams, slope_values = np.zeros(self._width), np.zeros(len(values))
        reserved_loss = reserved_weight = 0.0
        for block in self._blocks:
            signs = np.where(block.labels == 1, 1.0, -1.0)
            weights = block.weights * self._balance[block.labels]
            margins = signs * model.log_odds(block)
            losses = weights * np.logaddexp(0.0, -margins)
            reserved_loss += float(losses[block.reserved].sum())
            reserved_weight += float(weights[block.reserved].sum())
            loss += float(losses[~block.reserved].sum())
            pull = np.where(block.reserved, 0.0, -weights * signs * expit(-margins))
            slope_ngrams += block.presence(self._width).T @ (block.norms * pull)
            slope_values += np.append(pull @ block.values, pull.sum())
        self.reserved_loss = reserved_loss / reserved_weight
        gradient_ngrams = self._ngram_step * (self._ngram_scale * slope_ngrams + self._penalty * ngrams)
        gradient_values = self._value_step.T @ (self._value_scale * slope_values + self._value_penalty * values)
        return loss, np.concatenate([gradient_ngrams, gradient_values])


def fit_weights(objective: Objective) -> Model:
    """Return the weights found by L-BFGS (Liu and Nocedal 1989) where the loss of the reserved reviews was lowest."""
    lowest = np.inf
    best: NDArray[np.float64] = np.zeros(objective.size)
    in_vain = 0

    def after_step(intermediate_result: object) -> None:
        nonlocal lowest, best, in_vain
        if objective.reserved_loss < lowest:
            lowest, in_vain = objective.reserved_loss, 0
            best = np.array(intermediate_result.x)  # type: ignore[attr-defined]  # scipy has no types
        else:
            in_vain += 1
            if in_vain == PATIENCE:
                raise StopIteration

    minimize(
        objective,
        best,
        jac=True,
        method="L-BFGS-B",
        callback=after_step,
        options={"maxiter": MAX_STEPS, "ftol": 1e-9, "gtol": 0.0},
    )
    return objective.model(best)
