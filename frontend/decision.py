"""The gate's decision, as it is stored: the differences that it looked at, and its rules."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from frontend.quantities import signed

METRICS = {"f1": "F1", "macro_f1": "macro-F1"}
_OF_LOWER_END = ", lower bound"
"""The end of a rule's name that looks at the lower end of the interval."""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Difference(_Stored):
    """A metric of two models on the same reviews: candidate minus the other, with its 90 % interval."""

    metric: str
    candidate: float
    other: float
    difference: float
    lower: float
    upper: float


class Rule(_Stored):
    """One rule of the gate."""

    name: str
    passed: bool
    value: float
    limit: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference as it is drawn.

    Attributes:
        name: The metric, and what the candidate is compared with.
        found: The difference.
        limit: What the interval's lower end must stay above; None where the gate has no such rule.
        passed: Whether the rules on this difference pass; None where there are none.
    """

    name: str
    found: Difference
    limit: float | None
    passed: bool | None


class Decision(_Stored):
    """A decision.

    Attributes:
        outcome: `improves`, `maintains` or `rejected`.
        first: Whether there was no production model to compare with.
        held_out: The number of held-out reviews.
        against_production: For a first model: against the majority label.
        against_anchor: Against the first production version.
        rules: Every rule.
        models: The metrics of `candidate`, `production` and `anchor`; only in the audit log.
    """

    outcome: str
    first: bool = False
    held_out: int
    against_production: tuple[Difference, ...] = ()
    against_anchor: tuple[Difference, ...] = ()
    rules: tuple[Rule, ...] = ()
    models: dict[str, dict[str, float]] = {}

    def intervals(self) -> list[Interval]:
        """Return the differences with what the rules say of them."""
        other = "the majority label" if self.first else "production"
        return [
            self._interval(one, against)
            for against, differences in ((other, self.against_production), ("the anchor", self.against_anchor))
            for one in differences
        ]

    def _interval(self, found: Difference, against: str) -> Interval:
        name = f"{found.metric} against {against}"
        of_it = [rule for rule in self.rules if rule.name.removesuffix(_OF_LOWER_END) == name]
        limit = next((rule.limit for rule in of_it if rule.name.endswith(_OF_LOWER_END)), None)
        passed = all(rule.passed for rule in of_it) if of_it else None
        return Interval(f"{METRICS.get(found.metric, found.metric)} against {against}", found, limit, passed)


def in_words(decision: Decision) -> str:
    """Return what the chart of a decision shows, for people who cannot see it."""
    shown = "; ".join(
        f"{one.name} {points(one.found.difference)}, between {points(one.found.lower)} and {points(one.found.upper)}"
        for one in decision.intervals()
    )
    basis = f"on {decision.held_out:,} held-out reviews"
    return f"Differences in points {basis}, each with its 90 % interval: {shown}." if shown else ""


def points(difference: float) -> str:
    """Return a difference between two shares in points, such as `+1.2`."""
    return signed(100 * difference, digits=1)


def rules(decision: Decision) -> dict[str, list[str]]:
    """Return every rule, as the columns of a table: differences in points, and counts."""
    return {
        "rule": [rule.name.replace("_f1", "-F1").replace("f1 ", "F1 ") for rule in decision.rules],
        "found": [_number(rule.value) for rule in decision.rules],
        "limit": [_number(rule.limit) for rule in decision.rules],
        "result": ["✓ passes" if rule.passed else "✗ fails" for rule in decision.rules],
    }


def _number(value: float) -> str:
    """Return a difference in points, or a count, which is a whole number."""
    return f"{value:.0f}" if value.is_integer() else points(value)
