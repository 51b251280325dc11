"""The figures in words: what the page says, and what its charts say to those who cannot see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontend.quality.figures import STANDS_STILL
from frontend.quantities import counted, duration, minute, percent
from sentiment.evaluation.drift import DRIFTED, DRIFTING
from sentiment.evaluation.live_quality import ENOUGH_LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from frontend.quality.figures import Coverage, Production, Quality
    from frontend.quality.reading import Curve, OverTime, Promotion
    from sentiment.evaluation.live_quality import Cells, Proportion

WINDOWS_IN_WORDS = {"1h": "last hour", "24h": "last 24 hours", "7d": "last 7 days"}
SOURCES_IN_WORDS = {
    "audit": "audited labels (random draw)",
    "reviewed": "reviewers, outside the random draw",
    "voluntary": "people's thumbs, biased",
}
FEATURES_IN_WORDS = {"probability": "probability", "characters": "length", "unknown_words": "unknown words"}
NARROW = 0.04
"""An interval that is narrower carries a digit behind the point of a percentage."""
INTERVAL = "95 % interval"


def value_of(proportion: Proportion) -> str:
    """Return a proportion with as many digits as its interval carries, such as `91 %`."""
    return percent(proportion.value, _digits(proportion))


def interval_of(proportion: Proportion) -> str:
    """Return the interval of a proportion, such as `88 to 94 %`."""
    digits = _digits(proportion)
    return f"{100 * proportion.lower:.{digits}f} to {percent(proportion.upper, digits)}"


def with_interval(proportion: Proportion | None) -> str:
    """Return a proportion and its interval, such as `91 % (88 to 94 %)`."""
    return f"{value_of(proportion)} ({interval_of(proportion)})" if proportion else "no labels"


def _digits(proportion: Proportion) -> int:
    return 1 if proportion.upper - proportion.lower < NARROW else 0


def in_production(production: Production) -> str:
    """Return which version is in production, since when."""
    if production.promoted_at is None:
        return f"Version {production.version} is in production."
    return f"Version {production.version} has been in production since {minute(production.promoted_at)}."


def verdict(production: Production) -> str:
    """Return whether quality has fallen, and what says so."""
    _, _, found = production
    if found.fell and found.limit is not None:
        return (
            f"Quality has fallen: audited labels prove that accuracy is below {percent(found.limit, 1)}, "
            "the accuracy at promotion less 3 points. A retraining is started."
        )
    if found.labels < ENOUGH_LABELS or found.accuracy is None:
        return (
            f"There are not enough audited labels yet to say whether quality has fallen: {found.labels} of "
            f"{ENOUGH_LABELS}."
        )
    since = (
        f"of {found.labels:,} audited labels since the promotion, {value_of(found.accuracy)} confirm the model; "
        f"however often one looks, its accuracy is between {interval_of(found.accuracy)}"
    )
    if found.limit is None:
        return f"{since[0].upper()}{since[1:]}. No accuracy was measured at promotion to compare it with."
    return f"Quality has not fallen: {since}. The limit is {percent(found.limit, 1)}."


def labels_left(production: Production) -> str:
    """Return how many audited labels are missing until the first verdict on the version in production."""
    labels = production.verdict.labels
    if labels >= ENOUGH_LABELS:
        return f"{counted(labels, 'audited label')} on version {production.version}: each one is a new verdict on it."
    left = ENOUGH_LABELS - labels
    return f"{counted(left, 'audited label')} left until the first verdict on version {production.version}."


def audited() -> str:
    """Return what audited labels are, and when there are enough of them."""
    return f"A fair sample of all predictions, labelled by reviewers. Numbers are shown from {ENOUGH_LABELS} labels on."


def so_far(quality: Quality) -> str:
    """Return what the labels of a window say where they are not enough."""
    if quality.accuracy is None:
        return "There are no labels."
    return f"So far {value_of(quality.accuracy)} ({INTERVAL} {interval_of(quality.accuracy)})."


def of_window(quality: Quality, proportion: Proportion | None) -> str:
    """Return a proportion with its interval, or that it rests on too few labels."""
    return with_interval(proportion) if quality.enough and proportion else "not enough labels"


def freshness(age: timedelta) -> str:
    """Return how old the numbers are."""
    lasted = duration(age.total_seconds())
    if age > STANDS_STILL:
        return f"The monitor has stood still for {lasted}: these numbers say what was, not what is."
    return f"Computed {lasted} ago."


def coverage(found: Coverage, window: str) -> str:
    """Return how many of a window's predictions have labels."""
    if not found.labels:
        return f"There were no predictions in the {WINDOWS_IN_WORDS[window]}."
    parts = "; ".join(f"{SOURCES_IN_WORDS[source]}: {per_hundred(share)}" for source, share in found.labels.items())
    sentence = (
        f"In the {WINDOWS_IN_WORDS[window]}, 100 predictions of all versions had these labels. {_first_capital(parts)}."
    )
    if found.unanswered is None:
        return f"{sentence} No prediction was drawn for reviewers."
    return (
        f"{sentence} Of the predictions that were drawn for reviewers, {percent(found.unanswered)} have no label: "
        "the more, the less fair the audit."
    )


def per_hundred(share: float) -> str:
    """Return how many of 100 a share is, such as `2.1`."""
    number = 100 * share
    return "none" if number == 0 else "less than 0.1" if number < 0.1 else f"{number:.1f}"  # noqa: PLR2004


def course(curve: Curve, shown: Callable[[float], str]) -> str:
    """Return how a line went: its first and its last value, and its extremes if those are others."""
    values = [point.value for point in curve.points]
    if len({shown(value) for value in values}) == 1:
        return f"{shown(values[0])} all the time"
    course = f"{shown(values[0])} at first, {shown(values[-1])} at the end"
    lowest, highest = shown(min(values)), shown(max(values))
    if {lowest, highest} <= {shown(values[0]), shown(values[-1])}:
        return course
    return f"{course} (lowest {lowest}, highest {highest})"


def courses(curves: Sequence[Curve], names: Mapping[str, str], shown: Callable[[float], str], empty: str) -> str:
    """Return how all lines of a chart went."""
    if not curves:
        return empty
    several = len({curve.version for curve in curves}) > 1
    return " ".join(
        f"{_first_capital(names.get(curve.name, curve.name))}"
        f"{f', version {curve.version}' if several else ''}: {course(curve, shown)}."
        for curve in curves
    )


def _first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def psi(value: float) -> str:
    """Return a population stability index, such as `0.12`."""
    return f"{value:.2f}"


def drift_limits() -> str:
    """Return what the index means."""
    return f"From {DRIFTING} on look at what changed; from {DRIFTED} on a retraining is started."


def seconds(value: float) -> str:
    """Return a latency with two digits that count, such as `4.2 ms` or `1.3 s`."""
    if value >= 1:
        return f"{value:.1f} s"
    return f"{1000 * value:.2g} ms" if value < 0.1 else f"{10 * round(100 * value)} ms"  # noqa: PLR2004


def marks(over: OverTime) -> str:
    """Return which versions were in production while the charts last."""
    before = [one for one in over.promotions if one.at < over.start]
    since = [one for one in over.promotions if one.at >= over.start]
    if not over.promotions:
        return "No version was in production."
    if not since:
        return f"Version {before[-1].version} was in production all the time."
    first = f"Version {before[-1].version} was in production at first. " if before else ""
    return f"{first}Vertical lines: {', '.join(map(_promotion, since))}."


def _promotion(promotion: Promotion) -> str:
    return f"version {promotion.version} went into production on {minute(promotion.at)}"


def confusion(cells: Cells) -> str:
    """Return what the cells of a confusion matrix say."""
    if not cells.labels:
        return "There are no labels."
    return (
        f"Of {counted(cells.tp + cells.fp, 'review')} that the model called positive, {cells.fp:,} "
        f"{'is' if cells.fp == 1 else 'are'} negative. Of {counted(cells.tn + cells.fn, 'review')} that it called "
        f"negative, {cells.fn:,} {'is' if cells.fn == 1 else 'are'} positive. That makes {cells.right:,} of "
        f"{counted(cells.labels, 'label')} right."
    )
