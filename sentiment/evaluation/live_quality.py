"""Quality from the cells of a confusion matrix, with intervals. Standard library only; positive is the positive label.

Wilson's interval (1927) is for one look at a number that is shown; verdicts come from
`sentiment.evaluation.confidence_sequence`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

Z95 = 1.959963984540054
"""Standard deviations of a normal distribution that hold 95 % of it."""

ENOUGH_LABELS = 100
"""Labels below which accuracy is known to no better than 6 points, and the state is "not enough labels"."""


class Proportion(NamedTuple):
    """A share between 0 and 1, and the bounds of its 95 % interval."""

    value: float
    lower: float
    upper: float


class Cells(NamedTuple):
    """Counts of labels: predicted positive and right (`tp`) or wrong (`fp`), predicted negative and right or wrong."""

    tp: int = 0
    fp: int = 0
    tn: int = 0
    fn: int = 0

    def plus(self, other: Cells) -> Cells:
        """Return the sums of two."""
        return Cells(*(a + b for a, b in zip(self, other, strict=True)))

    @property
    def labels(self) -> int:
        """All labels."""
        return sum(self)

    @property
    def right(self) -> int:
        """Labels that confirm the prediction."""
        return self.tp + self.tn

    def accuracy(self) -> Proportion | None:
        """Return the share of labels that confirm the prediction; None without labels."""
        return wilson(self.right, self.labels)

    def precision(self) -> Proportion | None:
        """Return the share of positive predictions that are right; None without any."""
        return wilson(self.tp, self.tp + self.fp)

    def recall(self) -> Proportion | None:
        """Return the share of positive reviews that are found; None without any."""
        return wilson(self.tp, self.tp + self.fn)

    def f1(self) -> Proportion | None:
        """Return F1, 2 tp / (2 tp + fp + fn); None if nothing is positive.

        F1 is 2 p / (1 + p), where p is the share of `tp` among all that is positive on either side, so its bounds
        follow from those of p.
        """
        share = wilson(self.tp, self.tp + self.fp + self.fn)
        return Proportion(*(2 * p / (1 + p) for p in share)) if share else None


def wilson(successes: int, trials: int) -> Proportion | None:
    """Return a share with Wilson's 95 % interval; None without trials."""
    if not trials:
        return None
    share = successes / trials
    square = Z95**2 / trials
    centre = (share + square / 2) / (1 + square)
    half = math.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    return Proportion(share, max(0.0, centre - half), min(1.0, centre + half))
