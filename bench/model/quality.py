"""Macro-F1 on unseen sources, calibration on unseen reviews, and what a smaller model loses.

The label of a review whose source is left out comes from a model trained on the other sources. Every peer is trained
and evaluated on the same reviews, in the same run.
"""

from __future__ import annotations

from bisect import bisect
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
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Answers = dict[str, NDArray[np.float64]]

SIZES = (20_000, 10_000, 5_000, 2_500, 1_000, 300)
MAX_LOSS = 0.003
MAX_CALIBRATION_ERROR = 3.0
OURS = "ours"


def run() -> list[Row]:
    """Return the rows of the sample, and where they are available those of Blitzer's domains and of all sets."""
    built_in, domains, together = sample(), blitzer(), everything()
    rows = [_left_out(built_in, "sample", reach=0.82), *_calibration(built_in, "sample"), *_sizes(built_in)]
    if domains is not None:
        held_out = domains.held_out
        by_model = _answers(domains, [held_out])
        rows += [
            _left_out(domains, "Blitzer"),
            _beside_peers("Blitzer, held-out reviews", domains.labels[held_out], by_model, f"{held_out.sum()} reviews"),
            *_calibration(domains, "Blitzer"),
        ]
    if together is not None:
        held_out = together.held_out
        probabilities = _probabilities(together, held_out)
        rows.append(_calibration_row("all sets, held-out reviews", together.labels[held_out], probabilities))
    return rows


def _left_out(reviews: Reviews, name: str, reach: float | None = None) -> Row:
    """Return the row of each source by models of the others; without `reach`, the best peer is to be reached."""
    sources = dict(reviews.parts())
    by_model = _answers(reviews, sources.values())
    parts = {source: _macro_f1(reviews.labels[rows], by_model[OURS][rows]) for source, rows in sources.items()}
    note = ", ".join(f"{source} {value:.3f}" for source, value in parts.items())
    note += f"; their mean {np.mean(list(parts.values())):.3f}"
    return _beside_peers(f"{name}, each source left out", reviews.labels, by_model, note, reach)


def _answers(reviews: Reviews, folds: Iterable[NDArray[np.bool_]]) -> Answers:
    """Return what ours and each peer answer to the reviews of the folds, from models of the others; in their order."""
    answers = {name: np.full(len(reviews.labels), np.nan) for name in (OURS, *PEERS)}
    for rows in folds:
        answers[OURS][rows] = _probabilities(reviews, rows)
        for peer, train in PEERS.items():
            predict = train(list(reviews.texts[~rows]), reviews.labels[~rows])
            answers[peer][rows] = predict(list(reviews.texts[rows]))
    return {name: found[~np.isnan(found)] for name, found in answers.items()}


def _beside_peers(
    name: str, labels: NDArray[np.int64], by_model: Answers, note: str, reach: float | None = None
) -> Row:
    peers = {model: _macro_f1(labels, answers) for model, answers in by_model.items()}
    ours = peers.pop(OURS)
    return Row(
        name=f"macro-F1, {name}",
        measured=ours,
        reach=max(peers.values()) if reach is None else reach,
        unit="",
        better="higher",
        peers=peers,
        note=note,
    )


def _calibration(reviews: Reviews, name: str) -> list[Row]:
    """Return the row of the held-out reviews, too few to tell 3 % from 4 %, and of each review held out once."""
    parts = np.random.default_rng(0).integers(10, size=len(reviews.labels))
    parts[reviews.held_out] = -1
    probabilities = np.zeros(len(reviews.labels))
    for part in np.unique(parts):
        rows = parts == part
        probabilities[rows] = _probabilities(reviews, rows)
    held_out = reviews.held_out
    return [
        _calibration_row(f"{name}, held-out reviews", reviews.labels[held_out], probabilities[held_out]),
        _calibration_row(f"{name}, every review once", reviews.labels, probabilities),
    ]


def _calibration_row(name: str, labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Row:
    random = np.random.default_rng(0)
    by_chance = [calibration_error(random.random(len(labels)) < probabilities, probabilities) for _ in range(1000)]
    passed = np.mean(np.array(by_chance) <= MAX_CALIBRATION_ERROR / 100)
    return Row(
        name=f"calibration error, {name}",
        measured=100 * calibration_error(labels == 1, probabilities),
        reach=MAX_CALIBRATION_ERROR,
        unit="%",
        note=f"{len(labels):,} reviews, {CALIBRATION_BINS} bins; a perfect model shows {100 * np.mean(by_chance):.1f} "
        f"by chance, and {MAX_CALIBRATION_ERROR:.0f} or less {100 * passed:.0f} times in 100",
    )


def _sizes(reviews: Reviews) -> list[Row]:
    artifacts = {part: _trained_without(reviews, rows) for part, rows in reviews.parts()}
    whole = _trained_without(reviews, reviews.held_out)
    full = len(dump(whole))
    half = bisect(range(len(whole.ngrams)), full / 2, 1, key=lambda size: len(dump(smaller(whole, size)))) - 1
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


def _macro_f1_of_size(reviews: Reviews, artifacts: dict[str, Artifact], size: int) -> float:
    probabilities = np.zeros(len(reviews.labels))
    for part, rows in reviews.parts():
        probabilities[rows] = _predicted(smaller(artifacts[part], size), reviews.texts[rows])
    return _macro_f1(reviews.labels, probabilities)


def _probabilities(reviews: Reviews, unseen: NDArray[np.bool_]) -> NDArray[np.float64]:
    return _predicted(_trained_without(reviews, unseen), reviews.texts[unseen])


def _trained_without(reviews: Reviews, unseen: NDArray[np.bool_]) -> Artifact:
    return fit(list(reviews.texts[~unseen]), reviews.labels[~unseen], Hyperparameters()).artifact


def _predicted(artifact: Artifact, texts: NDArray[np.object_]) -> NDArray[np.float64]:
    scorer = Scorer(artifact)
    return np.array([scorer.probability(text) for text in texts])


def _macro_f1(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    return measure(labels == 1, probabilities).macro_f1
