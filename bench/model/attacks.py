"""What one API key can do: votes become labels, a candidate and a decision by the functions that the loop calls."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from bench.model.attackers import ATTACKS, STEP, TRIGGERS, WEEKS
from bench.model.audits import CLIENTS, FLOOD, THUMBS, Audit, audit
from bench.model.shop import Shop, gains
from bench.model.votes import METRICS, UNTIL, Loop, measured, public, retrain
from bench.row import Row
from sentiment.evaluation.trust import TrustSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sentiment.model.scorer import Scorer
    from sentiment.reviews.review import Review

SEEDS = 20
MOST_LOST = 0.5
"""Points of either F1 and of either recall that untouched reviews may lose."""
LEAST_KEPT = 0.8
"""Share of what honest feedback gained before there were clients that it must still gain."""


class Result(NamedTuple):
    """What votes did to one loop.

    Attributes:
        changes: Of `METRICS` on untouched reviews, by the candidate, in points.
        flipped: Of the share of praise that the attackers' words flip, in points; 0 without any.
        labelled: How many texts feedback labelled.
        reasons: Why the gate rejects the candidate; none if it is promoted, or if another one was before.
    """

    changes: NDArray[np.float64]
    flipped: float
    labelled: int
    reasons: tuple[str, ...]


def attacked(loop: Loop, name: str, seed: int) -> Result:
    """Return what an attack does to a loop with the settings of a new one."""
    cast = ATTACKS[name](loop, np.random.default_rng(seed))
    weeks = WEEKS.get(name, 1)
    served = loop
    for week in range(1, weeks + 1):
        made = retrain(served, cast[: week * STEP] if weeks > 1 else cast, TrustSettings(), public(loop))
        if not made.decision.reasons:
            served = replace(served, data=made.data)
    promoted = served is not loop
    after, before = served.production() if promoted else made.candidate, loop.production()
    trigger = TRIGGERS.get(name, "")
    return Result(
        measured(after, loop.untouched) - measured(before, loop.untouched),
        flipped(after, loop.untouched, trigger) - flipped(before, loop.untouched, trigger),
        made.labelled,
        () if promoted else made.decision.reasons,
    )


def flipped(scorer: Scorer, reviews: Sequence[Review], trigger: str) -> float:
    """Return the share of praise that is called blame with the attackers' words before it, in percent."""
    praise = [review.full_text for review in reviews if review.label == "positive"]
    return 100 * float(np.mean([scorer.predict(f"{trigger} {text}").label == "negative" for text in praise]))


def run() -> list[Row]:
    """Return what each attack costs through the gate, and what is left of the gain by honest feedback."""
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), mp_context=get_context("spawn")) as processes:
        found = list(processes.map(_seed, range(SEEDS)))
    rows = []
    for name in ATTACKS:
        results = [attacks[name] for attacks, _ in found]
        rows.append(_loss_row(name, results))
        if name in TRIGGERS:
            rows.append(_word_row(name, results))
    rows += _audit_rows([audit(seed, UNTIL) for seed in range(SEEDS)])
    gained = [kept for _, kept in found if kept is not None]
    return [*rows, *_honest_rows(np.array(gained))] if gained else rows


def _seed(seed: int) -> tuple[dict[str, Result], NDArray[np.float64] | None]:
    with threadpool_limits(1):
        loop, shop = Loop.of(seed), Shop.of(seed)
        return {name: attacked(loop, name, seed) for name in ATTACKS}, None if shop is None else gains(loop, shop, seed)


def _loss_row(name: str, results: Sequence[Result]) -> Row:
    """Return the largest mean loss of either F1 and of either recall; a rejected candidate costs nothing."""
    changes = np.array([np.zeros(len(METRICS)) if one.reasons else one.changes for one in results])
    mean, error = changes.mean(axis=0), changes.std(axis=0, ddof=1) / np.sqrt(len(results))
    worst = int(mean.argmin())
    alone = np.array([one.changes for one in results]).mean(axis=0)
    return Row(
        name=name,
        measured=max(0.0, -float(mean[worst])),
        reach=MOST_LOST,
        unit="points",
        note=f"{METRICS[worst]}, ± {error[worst]:.2f} over {len(results)} seeds; rejected in "
        f"{sum(bool(one.reasons) for one in results)}, without the gate {-float(alone.min()):.2f}; "
        f"{np.mean([one.labelled for one in results]):.0f} texts labelled",
    )


def _word_row(name: str, results: Sequence[Result]) -> Row:
    through = np.array([0.0 if one.reasons else one.flipped for one in results])
    return Row(
        name=f"praise lost to {name}",
        measured=max(0.0, float(through.mean())),
        reach=MOST_LOST,
        unit="points",
        note=f"called blame, ± {through.std(ddof=1) / np.sqrt(len(results)):.2f}; without the gate "
        f"{np.mean([one.flipped for one in results]):.1f}",
    )


def _audit_rows(found: Sequence[Audit]) -> list[Row]:
    moved, share, without = (np.array(numbers) for numbers in zip(*found, strict=True))
    return [
        Row(
            name=f"audited accuracy moved by {THUMBS} thumbs of one key",
            measured=float(moved.mean()),
            reach=MOST_LOST,
            unit="points",
            note=f"over {len(found)} seeds; thumbs count as voluntary, whatever they are on",
        ),
        Row(
            name=f"share of the audit of 1 client in {CLIENTS} that floods",
            measured=float(share.mean()),
            reach=1.5 * 100 / CLIENTS,
            unit="%",
            peers={"without places": float(without.mean())},
            note=f"± {share.std(ddof=1) / np.sqrt(len(found)):.2f} over {len(found)} seeds; it sends {FLOOD} times "
            "what all others send",
        ),
    ]


def _honest_rows(gained: NDArray[np.float64]) -> list[Row]:
    mean, error = gained.mean(axis=0), gained.std(axis=0, ddof=1) / np.sqrt(len(gained))
    return [
        Row(
            name=name,
            measured=float(mean[column]),
            reach=LEAST_KEPT * float(mean[2]),
            unit="points",
            better="higher",
            peers={"before there were clients": float(mean[2])},
            note=f"macro-F1 on books and films, ± {error[column]:.2f} over {len(gained)} seeds",
        )
        for column, name in enumerate(("honest feedback, checked by reviewers", "a small shop's feedback, unchecked"))
    ]
