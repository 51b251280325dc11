"""Whether predictions are distributed otherwise than a model's reference. Standard library only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ENOUGH_PREDICTIONS = 300
"""Below, the index of ten bins exceeds 0.1 by chance alone too often: in 4 % of windows of 200, in none of 300."""

DRIFTED = 0.2
"""Limit of the population stability index, which chance alone does not reach with the 300 predictions that it needs."""
DRIFTING = 0.1
"""From here on look at what changed. With 300 predictions, chance reaches it several times a year."""
LEAST_MOVE = 0.05
"""A share of positives that moved by less is no drift, however sure."""
_Z99 = 2.5758293035489004
_LEAST_SHARE = 0.0005


def stability_index(reference: Sequence[float], counts: Sequence[int]) -> float:
    """Return the population stability index: the sum of (share - reference) * ln(share / reference) over the bins.

    A bin that is empty on one side counts as one with a share of 0.0005, where the logarithm has no value.

    Args:
        reference: The share of each bin, from 0 to 1.
        counts: The number of predictions in each; at least one in all.

    Raises:
        ValueError: The numbers of bins differ, or there are no predictions.
    """
    total = sum(counts)
    if not total:
        raise ValueError("there are no predictions")
    index = 0.0
    for expected, count in zip(reference, counts, strict=True):
        share, other = max(count / total, _LEAST_SHARE), max(expected, _LEAST_SHARE)
        index += (share - other) * math.log(share / other)
    return index


def share_moved(successes: int, trials: int, reference: float, reference_trials: int) -> bool:
    """Return whether a share differs from that of a reference by 5 points at least, and not by chance.

    Not by chance means by the two-sided test of two proportions at 1 %.

    Raises:
        ValueError: There are no trials on one side.
    """
    if not trials or not reference_trials:
        raise ValueError("a share needs trials")
    pooled = (successes + reference * reference_trials) / (trials + reference_trials)
    error = math.sqrt(pooled * (1 - pooled) * (1 / trials + 1 / reference_trials))
    return abs(successes / trials - reference) >= max(LEAST_MOVE, _Z99 * error)
