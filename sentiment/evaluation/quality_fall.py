"""Evidence that a proportion has fallen below a limit, valid however often one looks. Standard library only.

An interval over all trials hardly moves when quality falls after thousands of good labels. Here, a bet is made each day
that the proportion lies below the limit from that day on. Each bet is fair at the limit, and loses above it, so as long
as the proportion is no lower, the mean of all bets is expected to stay at 1 at most; the probability that it *ever*
reaches 1 / alpha is at most alpha (Ville 1939; Shin, Ramdas and Rinaldo 2024, New England Journal of Statistics in Data
Science 2, on detectors made of such bets).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ALPHA = 0.05
"""Probability that a proportion that holds is ever accused."""
FALLS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
"""How far below the limit the bets are that each day makes in equal parts."""
MOST = 1e300
"""Greater evidence is not told apart."""


def evidence_of_a_fall(days: Iterable[tuple[int, int]], limit: float) -> float:
    """Return the evidence that the proportion lies below the limit: 1 is none, 1 / ALPHA refutes that it does not.

    The bet of day number j has the weight 1 / (j (j + 1)): they add up to 1, however many days there will be.

    Args:
        days: Successes and trials of each day that has trials, the oldest first.
        limit: The proportion, between 0 and 1.

    Raises:
        ValueError: `limit` is not between 0 and 1.
    """
    if not 0 < limit < 1:
        raise ValueError(f"limit must be between 0 and 1, not {limit}")
    proportions = [limit - fall for fall in FALLS if fall < limit]
    if not proportions:
        return 1.0
    logarithms = [-math.inf] * len(proportions)
    number = 0
    for number, (successes, trials) in enumerate(days, start=1):
        begun = -math.log(number * (number + 1) * len(proportions))
        for place, proportion in enumerate(proportions):
            won = successes * math.log(proportion / limit) + (trials - successes) * math.log(
                (1 - proportion) / (1 - limit)
            )
            logarithms[place] = _log_of_sum(logarithms[place], begun) + won
    not_begun = 1 / (number + 1)
    return min(MOST, not_begun + sum(math.exp(min(logarithm, math.log(MOST))) for logarithm in logarithms))


def _log_of_sum(a: float, b: float) -> float:
    """Return the logarithm of the sum of two numbers, given by their logarithms."""
    larger, smaller = max(a, b), min(a, b)
    return larger + math.log1p(math.exp(smaller - larger))
