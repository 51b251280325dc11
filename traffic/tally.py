"""Counts the outcomes of visits: each visit ends in exactly one count."""

from __future__ import annotations

import math
import threading
from collections import Counter
from dataclasses import dataclass, field

_Z = 1.959964
"""The quantile of a 95 % interval."""


@dataclass(slots=True)
class Tally:
    """Counts to which any thread may add.

    Attributes:
        begun: Visits that were started.
        right: Predictions with the true label.
        wrong: Other predictions.
        feedback: Verdicts that the API accepted.
        false_feedback: Those of them that were false.
        new: Those of them on reviews that the loop did not have.
        reviewed: Labels of the reviewer that the API accepted.
        waited: Requests that the API asked to repeat later.
        failed: Visits that ended without feedback, by cause.
        review_failed: Why the reviewer stopped before the end of the list, if so.
    """

    begun: int = 0
    right: int = 0
    wrong: int = 0
    feedback: int = 0
    false_feedback: int = 0
    new: int = 0
    reviewed: int = 0
    waited: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    review_failed: str | None = None
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self, **more: int) -> None:
        """Add to several counts at once, by name."""
        with self._counting:
            for name, number in more.items():
                setattr(self, name, getattr(self, name) + number)

    def fail(self, cause: str) -> None:
        """Count a visit that ended without feedback."""
        with self._counting:
            self.failed[cause] += 1

    def fail_review(self, cause: str) -> None:
        """Note why the reviewer stopped before the end of the list."""
        with self._counting:
            self.review_failed = cause

    @property
    def predicted(self) -> int:
        """Reviews that were given a label."""
        return self.right + self.wrong

    @property
    def failures(self) -> int:
        """Visits that failed for any cause."""
        return self.failed.total()

    @property
    def ended(self) -> int:
        """Visits that have ended."""
        return self.feedback + self.failures

    @property
    def accuracy(self) -> float | None:
        """Share of right predictions; None before the first."""
        return self.right / self.predicted if self.predicted else None

    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy; [0, 1] before the first prediction."""
        if not self.predicted:
            return 0.0, 1.0
        n, p = self.predicted, self.right / self.predicted
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        reach = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        return middle - reach, middle + reach
