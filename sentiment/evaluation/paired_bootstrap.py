"""Paired bootstrap of the differences in F1 between models on the same reviews.

Only a review's label and each model's prediction matter, so reviews are counted in cells (16 for three models). Drawing
n reviews with replacement is one multinomial draw of the cells: the same distribution, at a cost that does not depend
on n.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

METRICS = ("f1", "macro_f1")
"""F1 of the positive label, and the mean of both labels' F1."""

CONFIDENCE = 0.95
"""Confidence of each one-sided bound."""

Z_CONFIDENCE = 1.6449
Z_POWER = 0.8416
"""Normal quantiles of 95 % confidence and 80 % power."""

DETECTABLE = Z_CONFIDENCE + Z_POWER
"""Difference of two models, in standard errors, that is found four times in five."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two models on the same reviews.

    Attributes:
        metric: Its name, one of `METRICS`.
        candidate: Its value for the candidate.
        other: Its value for the other model.
        difference: `candidate - other`.
        lower: One-sided 95 % lower bound of the difference.
        upper: One-sided 95 % upper bound of the difference.
        detectable: True difference that four of five such comparisons would find.
    """

    metric: str
    candidate: float
    other: float
    difference: float
    lower: float
    upper: float
    detectable: float


class PairedBootstrap:
    """Models on the same reviews, with the same resamples for all of them.

    Args:
        truth: Whether each review is positive, shape (n,); n at least 1.
        predicted: For each model, whether it predicts positive, shape (n,).
        resamples: Number of resamples.
        seed: Seed of the draws: the same arguments give the same numbers.
    """

    def __init__(
        self, truth: NDArray[np.bool_], predicted: Sequence[NDArray[np.bool_]], *, resamples: int, seed: int
    ) -> None:
        columns = np.stack([truth, *predicted], axis=1)
        width = columns.shape[1]
        bits = 1 << np.arange(width)
        counts = np.bincount(columns @ bits, minlength=1 << width)
        cells = (np.arange(1 << width)[:, None] & bits).astype(bool)
        drawn = np.random.default_rng(seed).multinomial(len(truth), counts / len(truth), size=resamples)
        self._measured = [_f1s(counts, cells, model) for model in range(1, width)]
        self._drawn = [_f1s(drawn, cells, model) for model in range(1, width)]

    def differences(self, candidate: int, other: int) -> tuple[Difference, ...]:
        """Return the difference of two models, given by their indices in `predicted`, in each metric."""
        found = []
        for i, metric in enumerate(METRICS):
            mine, theirs = float(self._measured[candidate][i]), float(self._measured[other][i])
            drawn = self._drawn[candidate][i] - self._drawn[other][i]
            lower, upper = np.quantile(drawn, (1 - CONFIDENCE, CONFIDENCE))
            detectable = DETECTABLE * float(drawn.std())
            found.append(Difference(metric, mine, theirs, mine - theirs, float(lower), float(upper), detectable))
        return tuple(found)

    def lower_bound(self, model: int, metric: str) -> float:
        """Return the one-sided 95 % lower bound of one model's metric."""
        return float(np.quantile(self._drawn[model][METRICS.index(metric)], 1 - CONFIDENCE))


def _f1s(counts: NDArray[np.int64], cells: NDArray[np.bool_], model: int) -> NDArray[np.float64]:
    """Return the metrics, shape (2, ...), of counts of shape (..., cells); F1 without a denominator is 0."""
    truth, predicted = cells[:, 0], cells[:, model]
    right, wrong = counts @ (truth & predicted), counts @ (truth != predicted)
    positive = _f1(right, wrong)
    return np.stack([positive, (positive + _f1(counts @ ~(truth | predicted), wrong)) / 2])


def _f1(right: NDArray[np.int64], wrong: NDArray[np.int64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = 2 * right / np.maximum(2 * right + wrong, 1)
    return ratio
