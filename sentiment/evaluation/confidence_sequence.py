"""An interval for a proportion that stays valid however often one looks. Standard library only.

A usual interval holds for one look; whoever looks every minute finds, sooner or later, one that is wrong. The intervals
of a confidence sequence hold all at once: the probability that any of them ever misses the true proportion is at most
`alpha` (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021, Annals of Statistics 49, with a mixture of beta
distributions).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ALPHA = 0.05
"""Probability that any interval of a sequence ever misses the proportion."""

TIGHTEST_AT = 500
"""Trials at which intervals are about as narrow as they can be; before and after, they are wider than need be."""


class Interval(NamedTuple):
    """Bounds of a proportion, both between 0 and 1."""

    lower: float
    upper: float


def confidence_interval(
    successes: int, trials: int, *, alpha: float = ALPHA, tightest_at: float = TIGHTEST_AT
) -> Interval:
    """Return the interval of a sequence after these trials.

    Args:
        successes: How many trials succeeded.
        trials: All trials so far, each independent of the others, with the same proportion.
        alpha: Probability that any interval of the sequence ever misses the proportion.
        tightest_at: Number of trials at which the interval is narrowest; chosen before the first trial.

    Raises:
        ValueError: `successes` is not between 0 and `trials`, `alpha` is not between 0 and 1, or `tightest_at` is too
            small for it.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"successes must be between 0 and {trials} trials, not {successes}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, not {alpha}")
    strength = tightest_at / _trials_a_unit(alpha) - 1
    if strength <= 0:
        raise ValueError(f"tightest_at must be above {_trials_a_unit(alpha):.1f} for this alpha, not {tightest_at}")
    if not trials:
        return Interval(0.0, 1.0)
    limit = math.log(1 / alpha)
    share = successes / trials

    def refuted(proportion: float) -> bool:
        return _evidence_against(proportion, successes, trials, strength) >= limit

    return Interval(
        0.0 if successes == 0 else _edge(refuted, 0.0, share),
        1.0 if successes == trials else _edge(refuted, 1.0, share),
    )


def _evidence_against(proportion: float, successes: int, trials: int, strength: float) -> float:
    """Return the logarithm of a test martingale: the likelihood of a mixture of proportions over that of this one.

    The mixture is a beta distribution around the proportion itself.
    """
    ones, others = strength * proportion, strength * (1 - proportion)
    failures = trials - successes
    return (
        _log_beta(ones + successes, others + failures)
        - _log_beta(ones, others)
        - (successes * math.log(proportion) if successes else 0.0)
        - (failures * math.log1p(-proportion) if failures else 0.0)
    )


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _edge(refuted: Callable[[float], bool], outside: float, inside: float) -> float:
    """Return the proportion between a refuted one and one that is not where that changes."""
    middle = (outside + inside) / 2
    while middle not in (outside, inside):  # as long as there is a number between them
        if refuted(middle):
            outside = middle
        else:
            inside = middle
        middle = (outside + inside) / 2
    return outside


def _trials_a_unit(alpha: float) -> float:
    """Return the trials for each unit of the mixture's strength with which it is best after those it is made for."""
    twice = 2 * math.log(1 / alpha)
    return twice + math.log1p(twice)
