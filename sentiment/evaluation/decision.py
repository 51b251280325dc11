"""What the gate decided, with every number that it decided by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sentiment.evaluation.paired_bootstrap import Difference

Outcome = Literal["improves", "maintains", "rejected"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule and how the candidate stands to it.

    Attributes:
        name: What was asked, such as `macro_f1 against production, lower bound`.
        passed: Whether the candidate keeps it.
        value: The number that was held against the limit.
        limit: What the number must be above, or must reach.
        reason: Why the candidate fails it, in a sentence; empty where it passes.
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
        reasons: Why it is rejected, all of them; empty otherwise.
        first: Whether there was no production model to compare with.
        held_out: How many reviews judged.
        positive: How many of them are positive.
        margin: By how much F1 might be worse at the lower bound; None where there was nothing to compare with.
        disagreement: Share of the reviews that only one of candidate and production gets right; None likewise.
        against_production: Differences to production (for a first model: to always answering the more frequent label).
        against_anchor: Differences to the frozen anchor.
        rules: Every rule, with its number.
        slices_too_small: Slices with too few reviews to be judged apart.
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
    rules: tuple[Rule, ...] = ()
    slices_too_small: tuple[str, ...] = ()

    @property
    def promotes(self) -> bool:
        """Whether the candidate may be served."""
        return self.outcome != "rejected"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)

    def metrics(self) -> dict[str, float]:
        """Return the numbers that a tracking server plots, by name."""
        numbers = {"held_out_reviews": float(self.held_out)}
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
        return numbers

    def summary(self) -> str:
        """Return the decision in a sentence or two, for people."""
        judged = f"on {self.held_out:,} held-out reviews"
        if not self.promotes:
            return f"Rejected {judged}: {'; '.join(self.reasons)}."
        f1s = ", ".join(
            f"{found.metric.replace('_f1', '-F1').replace('f1', 'F1')} {found.candidate:.3f} ({found.difference:+.3f}, "
            f"90 % interval {found.lower:+.3f} to {found.upper:+.3f})"
            for found in self.against_production
        )
        if self.first:
            return f"Fit to be the first model {judged}: {f1s} against always answering the more frequent label."
        verdict = "Better than production" if self.outcome == "improves" else "No worse than production"
        allowed = f" and a margin of {self.margin:.3f}" if self.margin is not None else ""
        detectable = max(found.detectable for found in self.against_production)
        return (
            f"{verdict} {judged}{allowed}: {f1s}. A difference below {detectable:.3f} would often have gone unnoticed."
        )
