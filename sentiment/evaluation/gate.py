"""The gate: may a candidate replace production? In doubt, production stays.

The rules here compare models on the same held-out reviews; `behaviour` and `evidence` have those on texts of the gate's
own and on what moved on whose evidence.

Why these rules and which F1: docs/decisions/0022-the-gate.md.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from sentiment.evaluation.decision import Decision, Rule
from sentiment.evaluation.metrics import THRESHOLD
from sentiment.evaluation.paired_bootstrap import DETECTABLE, PairedBootstrap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sentiment.evaluation.paired_bootstrap import Difference
    from sentiment.reviews.review import Label

    Probabilities = Sequence[float] | NDArray[np.float64]
    Slices = Mapping[str, Sequence[str]]

SHOWN = {"f1": "F1", "macro_f1": "macro-F1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """Limits of the gate's rules.

    Attributes:
        margin: How much worse F1 may be at the lower bound. None chooses it by the number of held-out reviews: the
            smallest one that an equally good model passes four times in five, between floor and ceiling.
        disagreement: Share of reviews that only one of two models is expected to get right, for that choice. It is
            set beforehand: measured on the candidate, a more erratic one would get a wider margin.
        margin_floor: Smallest margin that is chosen.
        margin_ceiling: Largest margin: with too few held-out reviews for it, nothing is promoted.
        most_recall_lost: By how much the recall of a label, or the accuracy of a slice, may fall.
        least_slice: Fewest reviews of a slice that has a rule.
        most_lost_on_newer: By how much an F1 may fall on reviews that are newer than production's window.
        first_floor: Macro-F1 that a first model must exceed at the lower bound.
        resamples: Number of bootstrap resamples.
        seed: Seed of the bootstrap.
    """

    margin: float | None = None
    disagreement: float = 0.04
    margin_floor: float = 0.005
    margin_ceiling: float = 0.03
    most_recall_lost: float = 0.02
    least_slice: int = 200
    most_lost_on_newer: float = 0.02
    first_floor: float = 0.65
    resamples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0.0 < self.margin_floor <= self.margin_ceiling < 1.0:
            raise ValueError("margin_floor and margin_ceiling must be between 0 and 1, in this order")
        if self.margin is not None and not 0.0 < self.margin <= self.margin_ceiling:
            raise ValueError(f"margin must be above 0 and at most margin_ceiling, {self.margin_ceiling}")
        if not 0.0 < self.disagreement <= 1.0:
            raise ValueError("disagreement must be above 0 and at most 1")
        for name in ("most_recall_lost", "most_lost_on_newer", "first_floor"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} must be at least 0 and below 1")
        for name, least in (("least_slice", 1), ("resamples", 100), ("seed", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}")

    def margin_of(self, held_out: int) -> float:
        """Return the margin for this number of held-out reviews, at least 1."""
        if self.margin is not None:
            return self.margin
        chosen = DETECTABLE * math.sqrt(self.disagreement / held_out)
        return min(max(chosen, self.margin_floor), self.margin_ceiling)

    def reviews_needed(self) -> int:
        """Return how many held-out reviews the largest margin needs."""
        return math.ceil(DETECTABLE**2 * self.disagreement / self.margin_ceiling**2)


def decide(
    truth: Sequence[Label],
    *,
    candidate: Probabilities,
    production: Probabilities,
    anchor: Probabilities,
    slices: Slices | None = None,
    newer: Sequence[bool] | None = None,
    also: Sequence[Rule] = (),
    settings: GateSettings | None = None,
) -> Decision:
    """Return whether the candidate may replace production.

    Args:
        truth: Labels of the held-out reviews, shape (n,): each review once, none labelled by feedback.
        candidate: The candidate's probabilities of positive, shape (n,).
        production: Production's, made in the same run.
        anchor: The anchor's.
        slices: By dimension, such as `source`, the name of each review's slice, shape (n,).
        newer: Whether each review is newer than what production was trained on, shape (n,). Too few are reported, and
            decide nothing.
        also: Rules that were applied elsewhere: on behaviour, on the evidence for what moved.
        settings: Limits of the rules.

    Raises:
        ValueError: Lengths differ, a label is unknown, or a probability is outside 0 to 1 or not a number.
    """
    settings = settings or GateSettings()
    positive = _truth(truth)
    named = {"candidate": candidate, "production": production, "anchor": anchor}
    models = [_labels(name, probabilities, len(positive)) for name, probabilities in named.items()]
    for dimension, names in (slices or {}).items():
        if len(names) != len(positive):
            raise ValueError(f"slices by {dimension}: {len(names)} names for {len(positive)} held-out reviews")
    is_newer = np.zeros(len(positive), dtype=bool) if newer is None else np.asarray(newer, dtype=bool)
    if is_newer.shape != positive.shape:
        raise ValueError(f"newer: {len(is_newer)} values for {len(positive)} held-out reviews")
    undecidable = _why_undecidable(positive, settings.reviews_needed())
    if undecidable:
        return _rejected(positive, undecidable, settings, first=False)
    margin = settings.margin_of(len(positive))
    bootstrap = PairedBootstrap(positive, models, resamples=settings.resamples, seed=settings.seed)
    against_production, against_anchor = bootstrap.differences(0, 1), bootstrap.differences(0, 2)
    right = [predicted == positive for predicted in models]
    large, too_small = _slices(slices or {}, settings.least_slice)
    on_newer = _on_newer(positive, models, is_newer, settings)
    lost = settings.most_recall_lost
    rules = (
        *(_not_lower(found) for found in against_production),
        *(_within(found, margin, "production") for found in against_production),
        *(_within(found, 2 * margin, "the anchor") for found in against_anchor),
        _not_fallen("recall of positive", right[0][positive], right[1][positive], lost),
        _not_fallen("recall of negative", right[0][~positive], right[1][~positive], lost),
        *(_not_fallen(f"accuracy of {name}", right[0][rows], right[1][rows], lost) for name, rows in large),
        *(_not_lost(found, settings) for found in on_newer if int(is_newer.sum()) >= settings.reviews_needed()),
        *also,
    )
    reasons = tuple(rule.reason for rule in rules if not rule.passed)
    surely_better = all(found.lower > 0 for found in against_production)
    return Decision(
        outcome="rejected" if reasons else "improves" if surely_better else "maintains",
        reasons=reasons,
        first=False,
        held_out=len(positive),
        positive=int(positive.sum()),
        settings=asdict(settings),
        margin=margin,
        disagreement=float(np.mean(right[0] != right[1])),
        against_production=against_production,
        against_anchor=against_anchor,
        newer=int(is_newer.sum()),
        on_newer=on_newer,
        rules=rules,
        slices_too_small=too_small,
    )


def decide_first(truth: Sequence[Label], candidate: Probabilities, settings: GateSettings | None = None) -> Decision:
    """Return whether the candidate may be the first production model, and so the anchor.

    It must be better than always predicting the more frequent label, and above a floor, both at the lower bound.
    Arguments and errors are those of `decide`.
    """
    settings = settings or GateSettings()
    positive = _truth(truth)
    predicted = _labels("candidate", candidate, len(positive))
    undecidable = _why_undecidable(positive, needed=1)
    if undecidable:
        return _rejected(positive, undecidable, settings, first=True)
    majority = np.full(len(positive), 2 * positive.sum() >= len(positive))
    bootstrap = PairedBootstrap(positive, [predicted, majority], resamples=settings.resamples, seed=settings.seed)
    differences = bootstrap.differences(0, 1)
    macro = next(found for found in differences if found.metric == "macro_f1")
    lower = bootstrap.lower_bound(0, "macro_f1")
    rules = (
        _above(
            "macro_f1 against the majority label, lower bound",
            macro.lower,
            0.0,
            f"macro-F1 {macro.candidate:.3f} is not surely above the {macro.other:.3f} of always predicting the more "
            f"frequent label (lower bound of the difference {macro.lower:+.3f})",
        ),
        _above(
            "macro_f1, lower bound",
            lower,
            settings.first_floor,
            f"macro-F1 {macro.candidate:.3f} has a lower bound of {lower:.3f}, not above the floor of "
            f"{settings.first_floor}",
        ),
    )
    reasons = tuple(rule.reason for rule in rules if not rule.passed)
    return Decision(
        outcome="rejected" if reasons else "improves",
        reasons=reasons,
        first=True,
        held_out=len(positive),
        positive=int(positive.sum()),
        settings=asdict(settings),
        against_production=differences,
        rules=rules,
    )


def _on_newer(
    positive: NDArray[np.bool_], models: Sequence[NDArray[np.bool_]], newer: NDArray[np.bool_], settings: GateSettings
) -> tuple[Difference, ...]:
    """Return the differences from production on the reviews newer than its window; none if they have one label."""
    if not newer.any() or positive[newer].all() or not positive[newer].any():
        return ()
    bootstrap = PairedBootstrap(
        positive[newer], [model[newer] for model in models[:2]], resamples=settings.resamples, seed=settings.seed
    )
    return bootstrap.differences(0, 1)


def _truth(labels: Sequence[Label]) -> NDArray[np.bool_]:
    names = np.asarray(labels, dtype=str)
    positive: NDArray[np.bool_] = names == "positive"
    if not np.all(positive | (names == "negative")):
        raise ValueError("a label is neither positive nor negative")
    return positive


def _labels(name: str, probabilities: Probabilities, count: int) -> NDArray[np.bool_]:
    values = np.asarray(probabilities, dtype=np.float64)
    if values.shape != (count,):
        raise ValueError(f"{name}: {values.size} probabilities for {count} held-out reviews")
    if not (np.all(values >= 0) and np.all(values <= 1)):  # false for NaN
        raise ValueError(f"{name}: a probability is outside 0 to 1")
    labels: NDArray[np.bool_] = values > THRESHOLD
    return labels


def _why_undecidable(positive: NDArray[np.bool_], needed: int) -> str:
    """Return why these reviews cannot compare models; empty if they can."""
    if len(positive) < needed:
        return f"{len(positive):,} held-out reviews are too few to compare two models: {needed:,} are needed"
    if positive.all() or not positive.any():
        return f"all {len(positive):,} held-out reviews have the same label: they cannot tell models apart"
    return ""


def _rejected(positive: NDArray[np.bool_], reason: str, settings: GateSettings, *, first: bool) -> Decision:
    return Decision(
        outcome="rejected",
        reasons=(reason,),
        first=first,
        held_out=len(positive),
        positive=int(positive.sum()),
        settings=asdict(settings),
        margin=None if first or not len(positive) else settings.margin_of(len(positive)),
    )


def _slices(slices: Slices, least: int) -> tuple[list[tuple[str, NDArray[np.bool_]]], tuple[str, ...]]:
    """Return the large slices with their rows, and the names of the small ones."""
    large, too_small = [], []
    for dimension in sorted(slices):
        names = np.asarray(slices[dimension], dtype=str)
        for name, count in zip(*np.unique(names, return_counts=True), strict=True):
            if count >= least:
                large.append((f"{dimension} {name}", names == name))
            else:
                too_small.append(f"{dimension} {name}")
    return large, tuple(too_small)


def _above(name: str, value: float, limit: float, reason: str) -> Rule:
    return Rule(name, value > limit, value, limit, "" if value > limit else reason)


def _not_lower(found: Difference) -> Rule:
    passed = found.difference >= 0
    reason = f"{SHOWN[found.metric]} {found.candidate:.4f} is below production's {found.other:.4f}"
    return Rule(f"{found.metric} against production", passed, found.difference, 0.0, "" if passed else reason)


def _within(found: Difference, margin: float, other: str) -> Rule:
    reason = (
        f"{SHOWN[found.metric]} may be worse than that of {other} by {-found.lower:.4f} (95 % bound); the limit is "
        f"{margin:.4f}"
    )
    return _above(f"{found.metric} against {other}, lower bound", found.lower, -margin, reason)


def _not_lost(found: Difference, settings: GateSettings) -> Rule:
    name, most = f"{found.metric} against production on newer reviews", settings.most_lost_on_newer
    passed = found.difference >= -most
    reason = (
        f"{SHOWN[found.metric]} on reviews newer than production's window falls from {found.other:.3f} to "
        f"{found.candidate:.3f}, by more than {most}"
    )
    return Rule(name, passed, found.difference, -most, "" if passed else reason)


def _not_fallen(name: str, candidate: NDArray[np.bool_], production: NDArray[np.bool_], most: float) -> Rule:
    """Compare the share of right predictions with production's on the same rows, at least one."""
    # From whole numbers: a fall by exactly `most` must not fail by rounding.
    change = (int(candidate.sum()) - int(production.sum())) / len(candidate)
    passed = change >= -most
    reason = f"{name} falls from {production.mean():.3f} to {candidate.mean():.3f}, by more than {most}"
    return Rule(name, passed, change, -most, "" if passed else reason)
