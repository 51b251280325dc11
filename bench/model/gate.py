"""How often the gate is wrong, by 1,000 gates on resampled predictions of real models.

Two models are trained on half of the sample and predict the other half, where the truth about both is known. A
candidate takes the weaker model's label on some reviews, so that its macro-F1 differs from production's by a chosen
difference, and its labels on a chosen share. Each gate draws its held-out reviews from that half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.model.data import sample
from bench.row import Row
from sentiment.evaluation.gate import GateSettings, decide
from sentiment.evaluation.metrics import measure
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from sentiment.model.training import fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from sentiment.evaluation.decision import Decision

    Labels = NDArray[np.bool_]

GATES = 1000
HELD_OUT = (300, 1000, 3000)
DISAGREEMENT = 0.08
"""Twice what the margin supposes: the harder case for false promotions."""

POINT = 0.01
ROUNDS = 50
CHAINS = 20
TRAINED_SHARE = 0.5
"""Share of the sample that the models are trained on; the rest is the pool."""
WEAK_SHARE = 0.1
"""Share of those that the weaker model is trained on."""
A_ROUND = -0.003
"""True change of macro-F1 by each round's candidate: a small loss."""


@dataclass(frozen=True)
class Pool:
    """Reviews that neither model was trained on: the truth and both models' labels, each of shape (n,)."""

    truth: Labels
    strong: Labels
    weak: Labels

    def macro_f1(self, labels: Labels) -> float:
        """Return the true macro-F1 of these labels."""
        return measure(self.truth, labels.astype(np.float64)).macro_f1

    def changed(self, difference: float, disagreement: float, random: np.random.Generator) -> Labels:
        """Return labels whose macro-F1 is the strong model's plus `difference`, and that differ on this share."""
        differ, right = self.strong != self.weak, self.strong == self.truth
        lost, won = (random.permutation(np.flatnonzero(differ & rows)) for rows in (right, ~right))
        count = round(disagreement * len(self.truth))
        candidates = []
        for gained in range(max(0, count - len(lost)), min(count, len(won)) + 1):
            labels = self.strong.copy()
            rows = np.concatenate([won[:gained], lost[: count - gained]])
            labels[rows] = self.weak[rows]
            candidates.append(labels)
        wanted = self.macro_f1(self.strong) + difference
        return min(candidates, key=lambda labels: abs(self.macro_f1(labels) - wanted))

    def decide(
        self, rows: NDArray[np.int64], candidate: Labels, production: Labels, anchor: Labels, settings: GateSettings
    ) -> Decision:
        """Return the gate's decision by the reviews of these rows."""
        return decide(
            np.where(self.truth[rows], "positive", "negative").tolist(),
            candidate=candidate[rows].astype(np.float64),
            production=production[rows].astype(np.float64),
            anchor=anchor[rows].astype(np.float64),
            settings=settings,
        )


def pool() -> Pool:
    """Return half of the sample with the labels of two models: of the other half, and of a tenth of that."""
    reviews = sample()
    random = np.random.default_rng(0)
    first = random.random(len(reviews.labels)) < TRAINED_SHARE
    tenth = first & (random.random(len(reviews.labels)) < WEAK_SHARE)
    strong, weak = (
        _labels(list(reviews.texts[rows]), reviews.labels[rows], reviews.texts[~first]) for rows in (first, tenth)
    )
    return Pool(reviews.labels[~first] == 1, strong, weak)


PROMOTES: dict[str, Callable[[Decision], bool]] = {
    "together": lambda decision: decision.promotes,
    ">= alone": lambda decision: _passes(decision, " against production"),
    "non-inferiority alone": lambda decision: _passes(decision, " against production, lower bound"),
}
"""What would be promoted by all rules together, by F1 that is at least production's, and by the lower bounds."""


def _passes(decision: Decision, rules: str) -> bool:
    return all(rule.passed for rule in decision.rules if rule.name in {f"f1{rules}", f"macro_f1{rules}"})


def simulate(
    pool: Pool, candidate: Labels, production: Labels, held_out: int, settings: GateSettings
) -> dict[str, float]:
    """Return in which share of gates each of `PROMOTES` promotes the candidate; production is its own anchor."""
    random = np.random.default_rng(0)
    promoted = []
    for _ in range(GATES):
        rows = random.integers(len(pool.truth), size=held_out)
        decision = pool.decide(rows, candidate, production, production, settings)
        promoted.append([promotes(decision) for promotes in PROMOTES.values()])
    return dict(zip(PROMOTES, map(float, np.mean(promoted, axis=0)), strict=True))


def creep(
    pool: Pool, held_out: int, promotes: Callable[[Decision], bool], settings: GateSettings, *, chains: int = CHAINS
) -> list[float]:
    """Return the true change of macro-F1 from the anchor after 50 rounds of slightly worse candidates, by chain.

    Each round draws other held-out reviews: on the same ones, F1 that must be at least production's would be a
    ratchet, and nothing could creep.
    """
    changes = []
    for chain in range(chains):
        random = np.random.default_rng(chain)
        production = pool.strong
        for _ in range(ROUNDS):
            rows = random.integers(len(pool.truth), size=held_out)
            candidate = _slightly_worse(pool, production, random)
            if promotes(pool.decide(rows, candidate, production, pool.strong, settings)):
                production = candidate
        changes.append(pool.macro_f1(production) - pool.macro_f1(pool.strong))
    return changes


def run() -> list[Row]:
    """Return how often the gate promotes worse candidates and rejects better ones, beside one rule alone."""
    models, settings = pool(), GateSettings()
    rows = []
    for held_out in HELD_OUT:
        margin = settings.margin_of(held_out)
        for lost, reach, which in ((POINT / 2, None, ""), (POINT, None, ""), (margin, 5.0, "; the margin")):
            worse = models.changed(-lost, DISAGREEMENT, np.random.default_rng(1))
            shares = simulate(models, worse, models.strong, held_out, settings)
            together = shares.pop("together")
            rows.append(
                Row(
                    name=f"{held_out:,} held-out, promoted though {100 * lost:.1f} points worse",
                    measured=100 * together,
                    reach=reach,
                    unit="%",
                    peers={name: 100 * share for name, share in shares.items()},
                    note=f"{GATES:,} gates, {100 * DISAGREEMENT:.0f} % of labels differ{which}",
                )
            )
        rows.append(_rejected_row(models, held_out, margin, settings))
    return [*rows, *(_creep_row(models, held_out, settings) for held_out in HELD_OUT)]


def _rejected_row(models: Pool, held_out: int, margin: float, settings: GateSettings) -> Row:
    rejected = {}
    for disagreement in (settings.disagreement, DISAGREEMENT):
        worse = models.changed(-margin, disagreement, np.random.default_rng(1))
        shares = simulate(models, models.strong, worse, held_out, settings)
        rejected[disagreement] = 100 * (1 - shares["together"])
    return Row(
        name=f"{held_out:,} held-out, rejected though {100 * margin:.1f} points better",
        measured=rejected[settings.disagreement],
        reach=20.0,
        unit="%",
        note=f"{GATES:,} gates, {100 * settings.disagreement:.0f} % of labels differ, as the margin supposes; if "
        f"{100 * DISAGREEMENT:.0f} % do, {rejected[DISAGREEMENT]:.1f} %",
    )


def _creep_row(models: Pool, held_out: int, settings: GateSettings) -> Row:
    lost = {
        name: [-100 * change for change in creep(models, held_out, promotes, settings)]
        for name, promotes in PROMOTES.items()
    }
    together = lost.pop("together")
    return Row(
        name=f"{held_out:,} held-out, macro-F1 lost in {ROUNDS} rounds",
        measured=max(together),
        reach=200 * settings.margin_of(held_out),
        unit="points",
        peers={name: max(changes) for name, changes in lost.items()},
        note="slightly worse candidates, other held-out reviews each round; "
        f"worst of {CHAINS} chains, median {np.median(together):.2f}",
    )


def _slightly_worse(pool: Pool, production: Labels, random: np.random.Generator) -> Labels:
    """Return production with 4 % of its labels flipped, slightly more of the right ones than of the wrong ones."""
    right = production == pool.truth
    count = round(GateSettings().disagreement * len(right))
    won = round((count + A_ROUND * len(right)) / 2)
    candidate = production.copy()
    for rows, size in ((~right, won), (right, count - won)):
        flipped = random.choice(np.flatnonzero(rows), size=size, replace=False)
        candidate[flipped] = ~candidate[flipped]
    return candidate


def _labels(texts: list[str], labels: NDArray[np.int64], unseen: NDArray[np.object_]) -> Labels:
    scorer = Scorer(fit(texts, labels, Hyperparameters()).artifact)
    return np.array([scorer.predict(text).label == "positive" for text in unseen])
