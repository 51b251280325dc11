"""Metrics of predictions: accuracy, precision, recall, F1 and calibration error, with bootstrap intervals."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sentiment.reviews.review import Label

CALIBRATION_BINS = 15
RESAMPLES = 1000
THRESHOLD = 0.5
"""A probability above it means positive."""

WITH_INTERVALS = ("accuracy", "precision", "recall", "f1", "macro_f1", "calibration_error")

Intervals = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of one set; `positive` is the positive class. A metric with denominator 0 is 0."""

    count: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    macro_f1: float
    calibration_error: float
    tp: int
    fp: int
    tn: int
    fn: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Metrics of a whole set and of each slice, with their 95 % bootstrap intervals.

    Attributes:
        metrics: Of the whole set.
        intervals: Low and high end by metric; empty without resamples.
        slices: Metrics by slice.
        slice_intervals: Intervals by slice.
    """

    metrics: Metrics
    intervals: Intervals
    slices: dict[str, Metrics] = field(default_factory=dict)
    slice_intervals: dict[str, Intervals] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def evaluate(
    labels: Sequence[Label],
    probabilities: Sequence[float],
    *,
    slices: Sequence[str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Evaluation:
    """Return the metrics of predictions.

    Args:
        labels: True labels, n of them.
        probabilities: Predicted probabilities of positive, n of them; above 0.5 means positive.
        slices: The slice of each, such as its source; each slice is also measured separately.
        resamples: Number of bootstrap resamples for the intervals; 0 for no intervals.
        seed: Seed of the bootstrap.

    Raises:
        ValueError: There are no labels, lengths differ, a label is unknown, or a probability is outside 0 to 1.
    """
    if not len(labels):
        raise ValueError("nothing to evaluate")
    if len(labels) != len(probabilities) or (slices is not None and len(slices) != len(labels)):
        raise ValueError("labels, probabilities and slices differ in length")
    if not set(labels) <= {"positive", "negative"}:
        raise ValueError("a label is neither positive nor negative")
    truth = np.array([label == "positive" for label in labels])
    predicted = np.array(probabilities, dtype=np.float64)
    if not (np.all(predicted >= 0) and np.all(predicted <= 1)):
        raise ValueError("a probability is outside 0 to 1")
    names = np.array(slices if slices is not None else [])
    parts = {str(name): names == name for name in np.unique(names)}
    return Evaluation(
        metrics=measure(truth, predicted),
        intervals=_intervals(truth, predicted, resamples, seed),
        slices={name: measure(truth[rows], predicted[rows]) for name, rows in parts.items()},
        slice_intervals={
            name: _intervals(truth[rows], predicted[rows], resamples, seed) for name, rows in parts.items()
        },
    )


def measure(truth: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> Metrics:
    """Return the metrics of one set: truth (n,) and probabilities of positive (n,)."""
    predicted = probabilities > THRESHOLD
    cells = (predicted & truth, predicted & ~truth, ~predicted & ~truth, ~predicted & truth)
    tp, fp, tn, fn = (int(np.sum(cell)) for cell in cells)
    f1 = _share(2 * tp, 2 * tp + fp + fn)
    return Metrics(
        count=len(truth),
        accuracy=_share(tp + tn, len(truth)),
        precision=_share(tp, tp + fp),
        recall=_share(tp, tp + fn),
        f1=f1,
        macro_f1=(f1 + _share(2 * tn, 2 * tn + fn + fp)) / 2,
        calibration_error=calibration_error(truth, probabilities),
        tp=tp,
        fp=fp,
        tn=tn,
        fn=fn,
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def calibration_error(
    truth: NDArray[np.bool_], probabilities: NDArray[np.float64], bins: int = CALIBRATION_BINS
) -> float:
    """Return the expected calibration error (Naeini 2015): mean gap of truth and probability over equal-width bins."""
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = np.bincount(places, weights=truth - probabilities, minlength=bins)
    return float(np.abs(gaps).sum() / len(truth))


def _intervals(truth: NDArray[np.bool_], probabilities: NDArray[np.float64], resamples: int, seed: int) -> Intervals:
    if not resamples:
        return {}
    random = np.random.default_rng(seed)
    resampled = (random.integers(len(truth), size=len(truth)) for _ in range(resamples))
    drawn = [measure(truth[rows], probabilities[rows]) for rows in resampled]
    intervals = {name: _middle_95([getattr(metrics, name) for metrics in drawn]) for name in WITH_INTERVALS}
    measured = calibration_error(truth, probabilities)
    return intervals | {"calibration_error": _reflected(measured, *intervals["calibration_error"])}


def _middle_95(values: list[float]) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _reflected(measured: float, low: float, high: float) -> tuple[float, float]:
    """Return the interval reflected at the measured value (Davison and Hinkley 1997, the basic bootstrap).

    Noise only increases a calibration error: resamples exceed the measured value by about as much as that exceeds the
    truth, so their own quantiles would be too high by twice that.
    """
    return max(0.0, min(2 * measured - high, measured)), max(2 * measured - low, measured)
