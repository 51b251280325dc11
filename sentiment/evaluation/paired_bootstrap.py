"""Several models on the same reviews: their F1, and the paired bootstrap of the differences.

Which of the models are right decides everything about a review, so reviews are counted in cells (the truth and each
model's label: 16 for three models). Drawing n reviews with replacement is one multinomial draw of the cells: the same
distribution as of drawn rows, at a cost that does not grow with n.
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
"""Of each one-sided bound."""

Z_CONFIDENCE = 1.6449
Z_POWER = 0.8416
"""Normal quantiles of 95 % confidence and 80 % power."""

DETECTABLE = Z_CONFIDENCE + Z_POWER
"""Standard errors by which two models must differ for the difference to be found four times in five."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of two models on the same reviews.

    Attributes:
        metric: Its name, of `METRICS`.
        candidate: Of the model that is judged.
        other: Of the model it is compared with.
        difference: The first less the second.
        lower: One-sided 95 % lower bound of the difference.
        upper: One-sided 95 % upper bound of the difference.
        detectable: What a true difference had to be to be found in four of five such comparisons.
    """

    metric: str
    candidate: float
    other: float
    difference: float
    lower: float
    upper: float
    detectable: float


class PairedBootstrap:
    """Models on the same reviews, and the same resamples of those reviews for all of them.

    Args:
        truth: Shape (n,), whether the review is positive; n at least 1.
        predicted: Of each model, shape (n,), whether it says positive.
        resamples: How many.
        seed: Of the draws: the same arguments give the same numbers.
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
        """Return the difference of two models, by their places in `predicted`, in each metric."""
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
    truth, said = cells[:, 0], cells[:, model]
    right, wrong = counts @ (truth & said), counts @ (truth != said)
    positive = _f1(right, wrong)
    return np.stack([positive, (positive + _f1(counts @ ~(truth | said), wrong)) / 2])


def _f1(right: NDArray[np.int64], wrong: NDArray[np.int64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = 2 * right / np.maximum(2 * right + wrong, 1)
    return ratio
