"""Macro-F1 on unseen sources, calibration on unseen reviews, and what a smaller model loses.

The label of a review whose source is left out comes from a model trained on the other sources. Every peer is trained
and evaluated on the same reviews, in the same run.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from bench.model.data import Reviews, blitzer, everything, sample
from bench.model.peers import PEERS
from bench.row import Row
from sentiment.evaluation.metrics import CALIBRATION_BINS, calibration_error, measure
from sentiment.model.artifact import Artifact, dump
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from sentiment.model.training import fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES = (20_000, 10_000, 5_000, 2_500, 1_000, 300)
MAX_LOSS = 0.003
MAX_CALIBRATION_ERROR = 3.0


def run() -> list[Row]:
    """Return the rows of the sample, and where they are available those of Blitzer's domains and of all sets."""
    rows = []
    built_in = sample()
    rows += _left_out(built_in, "sample", reach=0.82)
    rows += _calibration(built_in, "sample")
    rows += _sizes(built_in)
    domains = blitzer()
    if domains is not None:
        rows += _left_out(domains, "Blitzer", reach=None)
        rows += [_held_out(domains, "Blitzer")]
        rows += _calibration(domains, "Blitzer")
    together = everything()
    if together is not None:
        rows += [_held_out_calibration(together, "all sets")]
    return rows


def _left_out(reviews: Reviews, name: str, *, reach: float | None) -> list[Row]:
    ours = np.zeros(len(reviews.labels))
    theirs = {peer: np.zeros(len(reviews.labels)) for peer in PEERS}
    for _, rows in reviews.parts():
        ours[rows] = _probabilities(reviews, ~rows, rows)
        for peer, answers in theirs.items():
            answers[rows] = PEERS[peer](list(reviews.texts[~rows]), reviews.labels[~rows])(list(reviews.texts[rows]))
    peers = {peer: _macro_f1(reviews.labels, answers) for peer, answers in theirs.items()}
    parts = {part: _macro_f1(reviews.labels[rows], ours[rows]) for part, rows in reviews.parts()}
    note = ", ".join(f"{part} {value:.3f}" for part, value in parts.items())
    mean = float(np.mean(list(parts.values())))
    return [
        Row(
            name=f"macro-F1, {name}, each source left out",
            measured=_macro_f1(reviews.labels, ours),
            reach=max(peers.values()) if reach is None else reach,
            unit="",
            better="higher",
            peers=peers,
            note=f"{note}; their mean {mean:.3f}",
        )
    ]


def _held_out(reviews: Reviews, name: str) -> Row:
    rows = reviews.held_out
    ours = _macro_f1(reviews.labels[rows], _probabilities(reviews, ~rows, rows))
    peers = {
        peer: _macro_f1(
            reviews.labels[rows], train(list(reviews.texts[~rows]), reviews.labels[~rows])(list(reviews.texts[rows]))
        )
        for peer, train in PEERS.items()
    }
    return Row(
        name=f"macro-F1, {name}, held-out reviews",
        measured=ours,
        reach=max(peers.values()),
        unit="",
        better="higher",
        peers=peers,
        note=f"{rows.sum()} reviews",
    )


def _calibration(reviews: Reviews, name: str) -> list[Row]:
    """Return the row of the held-out reviews, too few to tell 3 % from 4 %, and of each review held out once."""
    parts = np.random.default_rng(0).integers(10, size=len(reviews.labels))
    parts[reviews.held_out] = -1
    probabilities = np.zeros(len(reviews.labels))
    for part in np.unique(parts):
        rows = parts == part
        probabilities[rows] = _probabilities(reviews, ~rows, rows)
    held_out = reviews.held_out
    return [
        _calibration_row(f"{name}, held-out reviews", reviews.labels[held_out], probabilities[held_out]),
        _calibration_row(f"{name}, every review once", reviews.labels, probabilities),
    ]


def _held_out_calibration(reviews: Reviews, name: str) -> Row:
    rows = reviews.held_out
    return _calibration_row(f"{name}, held-out reviews", reviews.labels[rows], _probabilities(reviews, ~rows, rows))


def _calibration_row(name: str, labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Row:
    mean, within = _chance(probabilities)
    return Row(
        name=f"calibration error, {name}",
        measured=100 * calibration_error(labels == 1, probabilities),
        reach=MAX_CALIBRATION_ERROR,
        unit="%",
        note=f"{len(labels):,} reviews, {CALIBRATION_BINS} bins; a perfect model shows {100 * mean:.1f} by chance, and "
        f"{MAX_CALIBRATION_ERROR:.0f} or less {100 * within:.0f} times in 100",
    )


def _chance(probabilities: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean calibration error by chance if the probabilities were exactly right, and how often it passes."""
    random = np.random.default_rng(0)
    draws = [calibration_error(random.random(len(probabilities)) < probabilities, probabilities) for _ in range(1000)]
    return float(np.mean(draws)), float(np.mean(np.array(draws) <= MAX_CALIBRATION_ERROR / 100))


def _sizes(reviews: Reviews) -> list[Row]:
    artifacts = {
        part: fit(list(reviews.texts[~rows]), reviews.labels[~rows], Hyperparameters()).artifact
        for part, rows in reviews.parts()
    }
    whole = fit(list(reviews.texts[~reviews.held_out]), reviews.labels[~reviews.held_out], Hyperparameters()).artifact
    full = len(dump(whole))
    half = _largest_below(whole, full / 2)
    curve = {size: _macro_f1_of_size(reviews, artifacts, size) for size in (*SIZES, half)}
    shown = ", ".join(
        f"{size:,}: {len(dump(smaller(whole, size))) / 1e6:.3f} MB {curve[size]:.4f}" for size in sorted(curve)[::-1]
    )
    return [
        Row(
            name="artifact, compressed",
            measured=full / 1e6,
            reach=1.0,
            unit="MB",
            note=f"{len(whole.ngrams):,} n-grams",
        ),
        Row(
            name="macro-F1 lost by halving the artifact",
            measured=100 * (curve[SIZES[0]] - curve[half]),
            reach=100 * MAX_LOSS,
            unit="points",
            note=f"sample, each source left out; n-grams: size, macro-F1: {shown}",
        ),
    ]


def smaller(artifact: Artifact, ngrams: int) -> Artifact:
    """Return a freshly trained artifact with only the n-grams that `max_ngrams` would have kept."""
    return artifact._replace(ngrams=dict(islice(artifact.ngrams.items(), ngrams)))


def _largest_below(artifact: Artifact, limit: float) -> int:
    low, high = 0, len(artifact.ngrams)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if len(dump(smaller(artifact, middle))) <= limit else (low, middle)
    return low


def _macro_f1_of_size(reviews: Reviews, artifacts: dict[str, Artifact], size: int) -> float:
    probabilities = np.zeros(len(reviews.labels))
    for part, rows in reviews.parts():
        scorer = Scorer(smaller(artifacts[part], size))
        probabilities[rows] = [scorer.probability(text) for text in reviews.texts[rows]]
    return _macro_f1(reviews.labels, probabilities)


def _probabilities(reviews: Reviews, train: NDArray[np.bool_], test: NDArray[np.bool_]) -> NDArray[np.float64]:
    scorer = Scorer(fit(list(reviews.texts[train]), reviews.labels[train], Hyperparameters()).artifact)
    return np.array([scorer.probability(text) for text in reviews.texts[test]])


def _macro_f1(labels: NDArray[np.int64], probabilities: NDArray[np.float64] | NDArray[np.int64]) -> float:
    return measure(labels == 1, probabilities.astype(np.float64)).macro_f1
