"""The gate's decision, with the numbers behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sentiment.evaluation.paired_bootstrap import Difference

Outcome = Literal["improves", "maintains", "rejected"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the gate and its result.

    Attributes:
        name: What is compared, such as `macro_f1 against production, lower bound`.
        passed: Whether the candidate passes.
        value: The number that is compared with the limit.
        limit: What the value must exceed or reach.
        reason: Why the candidate fails, in a sentence; empty if it passes.
    """

    name: str
    passed: bool
    value: float
    limit: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a candidate may be promoted, and why.

    Attributes:
        outcome: `improves` (surely better), `maintains` (surely not worse than the margin), or `rejected`.
        reasons: All reasons for a rejection; empty otherwise.
        first: Whether there was no production model to compare with.
        held_out: Number of held-out reviews.
        positive: How many of them are positive.
        margin: By how much F1 may be worse at the lower bound; None if there was nothing to compare with.
        disagreement: Share of the reviews that only one of candidate and production gets right; None likewise.
        against_production: Differences from production (for a first model: from always predicting the more frequent
            label).
        against_anchor: Differences from the anchor.
        newer: Number of held-out reviews that are newer than what production was trained on.
        on_newer: Differences from production on those, also where they are too few to decide.
        rules: Every rule, with its numbers.
        slices_too_small: Slices with too few reviews for a rule of their own.
        settings: The gate's settings.
    """

    outcome: Outcome
    reasons: tuple[str, ...]
    first: bool
    held_out: int
    positive: int
    settings: dict[str, Any]
    margin: float | None = None
    disagreement: float | None = None
    against_production: tuple[Difference, ...] = ()
    against_anchor: tuple[Difference, ...] = ()
    newer: int = 0
    on_newer: tuple[Difference, ...] = ()
    rules: tuple[Rule, ...] = ()
    slices_too_small: tuple[str, ...] = ()

    @property
    def promotes(self) -> bool:
        """Whether the candidate may be promoted."""
        return self.outcome != "rejected"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON, by the names under which decisions are stored."""
        stored = asdict(self)
        return stored | {"fresh": stored.pop("newer"), "on_fresh": stored.pop("on_newer")}

    def metrics(self) -> dict[str, float]:
        """Return the numbers to chart in MLflow, by name."""
        numbers = {"held_out_reviews": float(self.held_out), "newer_reviews": float(self.newer)}
        if self.margin is not None:
            numbers["margin"] = self.margin
        if self.disagreement is not None:
            numbers["disagreement"] = self.disagreement
        other = "majority" if self.first else "production"
        for name, differences in ((other, self.against_production), ("anchor", self.against_anchor)):
            for found in differences:
                numbers[f"{found.metric}_against_{name}"] = found.difference
                numbers[f"{found.metric}_against_{name}_lower"] = found.lower
                numbers[f"{found.metric}_against_{name}_upper"] = found.upper
                numbers[f"{found.metric}_against_{name}_detectable"] = found.detectable
        numbers |= {f"{found.metric}_against_{other}_on_newer": found.difference for found in self.on_newer}
        return numbers

    def summary(self) -> str:
        """Return the decision in a sentence or two, for people."""
        basis = f"on {self.held_out:,} held-out reviews"
        if not self.promotes:
            return f"Rejected {basis}: {'; '.join(self.reasons)}."
        f1s = ", ".join(
            f"{found.metric.replace('_f1', '-F1').replace('f1', 'F1')} {found.candidate:.3f} ({found.difference:+.3f}, "
            f"90 % interval {found.lower:+.3f} to {found.upper:+.3f})"
            for found in self.against_production
        )
        if self.first:
            return f"Accepted as the first model {basis}: {f1s} against always predicting the more frequent label."
        verdict = "Better than production" if self.outcome == "improves" else "No worse than production"
        allowed = f" and a margin of {self.margin:.3f}" if self.margin is not None else ""
        detectable = max(found.detectable for found in self.against_production)
        return f"{verdict} {basis}{allowed}: {f1s}. A difference below {detectable:.3f} would often go unnoticed."
