"""What attacks on feedback cost a model that learns from it, by defence and without a gate.

All users have a login with one client, which vouches for them: names that an attacker invents are in `attackers`. The
model trains on one part of the sample with its own labels (as stars) and on one with labels from feedback alone; the
rest evaluates it. Every user votes on some reviews whose label is known and on some others. The features are computed
once; each cell of the table refits the weights.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from bench.model.crowd import ATTACKS, SHOP, WORST, Attack, Part, votes_of
from bench.model.data import sample
from bench.row import Row
from sentiment.evaluation.metrics import measure
from sentiment.evaluation.trust import (
    FEEDBACK_SHARE,
    FeedbackLabel,
    TrustSettings,
    Vote,
    ballots_of,
    cap_voters,
    capped_share,
    feedback_labels,
)
from sentiment.model import features
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.lexicon import load_lexicon
from sentiment.model.tokenizer import tokenize
from sentiment.model.training import fit_weights
from sentiment.model.vectorizer import ReviewVectorizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from sentiment.reviews.review import Label

    Labelled = dict[str, FeedbackLabel]

SEEDS = 8
WITH_STARS = 2500
WITH_FEEDBACK = 2500
MOST_LOST = 0.5
"""Points of F1 that an attack may cost, compared with using no feedback."""

TRUST = TrustSettings(vouching=frozenset({SHOP}))
CAP = TRUST.labels_a_rater
SURPRISING = 0.3
"""The loss filter drops labels to which the model gives a lower probability."""

EXPECTED, PRIOR = 0.9, 5.0
"""Of the published trust weight: the expected agreement, and how many votes a newcomer is credited with."""


class World(NamedTuple):
    """The sample as the model sees it: features (reviews, columns), and labels (reviews,), 1 for positive."""

    matrix: csr_matrix
    labels: NDArray[np.int64]


@cache
def world() -> World:
    """Return the sample's features, computed once in each process."""
    reviews, lexicon = sample(), load_lexicon()
    found: Counter[str] = Counter()
    for text in reviews.texts:
        found.update(features.distinct_ngrams(features.read(tokenize(text), lexicon)))
    vocabulary = sorted(ngram for ngram, count in found.items() if count >= Hyperparameters().min_reviews)
    matrix = ReviewVectorizer(vocabulary, lexicon).fit_transform([(text, None) for text in reviews.texts])
    return World(matrix[:, : len(vocabulary) + len(features.VALUES)], reviews.labels)


def part(world: World, seed: int) -> Part:
    """Return the split of a seed."""
    rows = np.random.default_rng(seed).permutation(len(world.labels))
    stars, asked, evaluated = np.split(rows, [WITH_STARS, WITH_STARS + WITH_FEEDBACK])
    log_odds = _log_odds(world, stars, {})
    return Part(stars, asked, evaluated, 1 / (1 + np.exp(-log_odds)), _f1(world, evaluated, log_odds))


def nothing(votes: Sequence[Vote], known: Mapping[str, Label]) -> Labelled:
    """Believe every vote."""
    return {vote.review_id: FeedbackLabel(vote.label, 1.0) for vote in votes if vote.review_id not in known}


def cap(votes: Sequence[Vote], known: Mapping[str, Label]) -> Labelled:
    """Believe ten votes of each user."""
    kept = cap_voters(ballots_of([vote for vote in votes if vote.review_id not in known], TRUST), TRUST)
    return {one.review_id: FeedbackLabel(one.label, 1.0) for one in kept if one.label}


def loss_filter(votes: Sequence[Vote], known: Mapping[str, Label]) -> Labelled:
    """Believe votes that do not surprise the model."""
    believed = [vote for vote in votes if abs(vote.probability - (vote.label == "negative")) >= SURPRISING]
    return nothing(believed, known)


def published_trust(votes: Sequence[Vote], known: Mapping[str, Label]) -> Labelled:
    """Weight votes by agreement with known labels alone, newcomers' votes in full."""
    checked = [vote for vote in votes if vote.review_id in known]
    seen = Counter(vote.rater for vote in checked)
    agreed = Counter(vote.rater for vote in checked if vote.label == known[vote.review_id])
    labelled = {}
    for vote in votes:
        agreement = (agreed[vote.rater] + PRIOR * EXPECTED) / (seen[vote.rater] + PRIOR)
        weight = min(1.0, max(0.0, (agreement - 0.5) / (EXPECTED - 0.5)))
        if vote.review_id not in known and weight:
            labelled[vote.review_id] = FeedbackLabel(vote.label, weight)
    return labelled


def ours(votes: Sequence[Vote], known: Mapping[str, Label]) -> Labelled:
    """Weight feedback as the loop does: earned trust and the odds, a cap for each user, feedback's share of all."""
    labelled = feedback_labels(votes, known, TRUST)
    weights = [1.0] * len(known) + [label.weight for label in labelled.values()]
    is_feedback = [False] * len(known) + [True] * len(labelled)
    capped = capped_share(weights, is_feedback, FEEDBACK_SHARE)[len(known) :]
    return {
        review_id: believed._replace(weight=weight)
        for (review_id, believed), weight in zip(labelled.items(), capped, strict=True)
    }


DEFENCES: dict[str, Callable[[Sequence[Vote], Mapping[str, Label]], Labelled]] = {
    "none": nothing,
    f"cap of {CAP} a user": cap,
    "loss filter": loss_filter,
    "trust weight": published_trust,
    "ours": ours,
}


def change(world: World, part: Part, attack: Attack, defence: str, seed: int) -> NDArray[np.float64]:
    """Return the points of F1 (of the positive label, macro) that feedback adds under an attack."""
    known: dict[str, Label] = {str(row): "positive" if world.labels[row] else "negative" for row in part.stars}
    labelled = DEFENCES[defence](votes_of(attack, world.labels, part, np.random.default_rng(seed)), known)
    return 100 * (_f1(world, part.evaluated, _log_odds(world, part.stars, labelled)) - part.f1)


def run() -> list[Row]:
    """Return what each attack costs with the loop's defences, beside each defence alone."""
    cells = [(name, defence) for name in ATTACKS for defence in DEFENCES if name != WORST or defence == "ours"]
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=get_context("spawn")) as processes:
        changes = np.array(list(processes.map(_changes, range(SEEDS), [cells] * SEEDS)))  # (seeds, cells, metrics)
    mean, error = changes.mean(axis=0), changes.std(axis=0, ddof=1) / np.sqrt(SEEDS)
    rows = [_row(name, cells, mean, error) for name in ATTACKS]
    attacked = [i for i, (name, defence) in enumerate(cells) if defence == "ours" and name != WORST]
    worst = min(attacked, key=lambda i: float(mean[i].min()))
    return [
        *rows,
        Row(
            name="largest loss to an attack, of either F1",
            measured=max(0.0, -float(mean[worst].min())),
            reach=MOST_LOST,
            unit="points",
            note=cells[worst][0],
        ),
    ]


def _row(name: str, cells: list[tuple[str, str]], mean: NDArray[np.float64], error: NDArray[np.float64]) -> Row:
    places = {defence: i for i, (attack, defence) in enumerate(cells) if attack == name}
    mine = places.pop("ours")
    return Row(
        name=name,
        measured=float(mean[mine, 1]),
        reach=None if name == WORST else -MOST_LOST,
        unit="points",
        better="higher",
        peers={defence: float(mean[i, 1]) for defence, i in places.items()},
        note=f"± {error[mine, 1]:.2f} over {SEEDS} seeds; F1 of positive {mean[mine, 0]:+.2f} ± {error[mine, 0]:.2f}",
    )


def _changes(seed: int, cells: list[tuple[str, str]]) -> list[NDArray[np.float64]]:
    with threadpool_limits(1):
        here = part(world(), seed)
        return [change(world(), here, ATTACKS[name], defence, seed) for name, defence in cells]


def _log_odds(world: World, stars: NDArray[np.int64], labelled: Labelled) -> NDArray[np.float64]:
    """Return the log-odds of every review by a model of the stars and the labels from feedback."""
    rows = np.concatenate([stars, np.array([int(review_id) for review_id in labelled], dtype=np.int64)])
    believed = np.array([given.label == "positive" for given in labelled.values()], dtype=np.int64)
    labels = np.concatenate([world.labels[stars], believed])
    counts = np.concatenate([np.ones(len(stars)), [given.weight for given in labelled.values()]])
    weights, intercept = fit_weights(world.matrix[rows], labels, counts, Hyperparameters())
    log_odds: NDArray[np.float64] = world.matrix @ weights + intercept
    return log_odds


def _f1(world: World, rows: NDArray[np.int64], log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    metrics = measure(world.labels[rows] == 1, (log_odds[rows] > 0).astype(np.float64))
    return np.array([metrics.f1, metrics.macro_f1])
