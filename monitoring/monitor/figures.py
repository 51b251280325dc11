"""Computes the exact metrics from what was read: numbers in, samples out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

from lambdas.shared.monitoring_table import PROBABILITY_UNIT
from sentiment.clock import CLOCKS_DIFFER
from sentiment.evaluation.confidence_sequence import confidence_interval
from sentiment.evaluation.drift import ENOUGH_PREDICTIONS, share_moved, stability_index
from sentiment.evaluation.live_quality import ENOUGH_LABELS, Cells
from sentiment.evaluation.quality_fall import ALPHA, evidence_of_a_fall
from sentiment.model.reference import FEATURES, MAX_BINS
from sentiment.schemas import metrics
from sentiment.schemas.bucket import day_of
from sentiment.schemas.metrics import WINDOWS, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from monitoring.monitor.counts import HourOfVersion, Totals
    from monitoring.monitor.production import InProduction
    from monitoring.monitor.quality_days import Bucket
    from monitoring.monitor.retrainings import Retraining

MARGIN = 0.03
"""How far accuracy may fall below that at promotion before quality has fallen."""
LABELS = ("positive", "negative")
VERDICTS = ("up", "down")
SOURCES = ("audit", "reviewed", "voluntary")
DRIFT_HOURS = WINDOWS["24h"]
"""The window in which drift is looked for."""


class Sample(NamedTuple):
    """One value of a metric, with the values of its labels in the metric's order."""

    metric: Metric
    labels: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Known:
    """What a run has read; None or empty where a part could not be read.

    Attributes:
        now: The time of the run.
        totals: All counts of predictions and feedback.
        hours: Counts of predictions, for the longest window.
        quality: Cells of the quality counters, for the longest window and since the last promotion.
        production: The version in production.
        retraining: How the last retraining ended.
        alias: The version that MLflow's alias names.
        archive_failures: Messages in the archive function's failure queue.
    """

    now: datetime
    totals: Totals | None = None
    hours: Mapping[HourOfVersion, Counter[str]] = field(default_factory=dict)
    quality: Mapping[Bucket, Cells] = field(default_factory=dict)
    production: InProduction | None = None
    retraining: Retraining | None = None
    alias: str | None = None
    archive_failures: int | None = None


def samples(known: Known) -> Iterator[Sample]:
    """Yield every sample that follows from what is known."""
    yield from _totals(known)
    for window, hours in WINDOWS.items():
        yield from _window(known, window, _hour(known.now - timedelta(hours=hours)))
    if known.production:
        yield from _model(known, known.production)
        yield from _audited(known, known.production)
        yield from _drift(known, known.production)
    yield from _ages(known)


def _hour(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H}"


def _totals(known: Known) -> Iterator[Sample]:
    """Yield the counters; those of the version in production exist, at 0, before the first prediction."""
    if not known.totals:
        return
    current = {known.production.pointer.model_version} if known.production else set()
    for version in sorted(known.totals.predictions.keys() | current):
        counts = known.totals.predictions.get(version, Counter())
        for label in LABELS:
            yield Sample(metrics.PREDICTIONS, (label, version), counts[label])
    fed_back = known.totals.feedback.keys() | {(version, source) for version in current for source in SOURCES}
    for version, source in sorted(fed_back):
        counts = known.totals.feedback.get((version, source), Counter())
        for verdict in VERDICTS:
            yield Sample(metrics.FEEDBACK, (verdict, source, version), counts[verdict])


def _window(known: Known, window: str, since: str) -> Iterator[Sample]:
    """Yield the quality of a window: whole hours, from the one in which it begins."""
    cells: dict[tuple[str, str], Cells] = {}
    if known.production:
        cells = {(known.production.pointer.model_version, source): Cells() for source in SOURCES}
    for bucket, counted in known.quality.items():
        if bucket.hour >= since:
            of = (bucket.model_version, bucket.source)
            cells[of] = cells.get(of, Cells()).plus(counted)
    for (version, source), counted in sorted(cells.items()):
        yield from _quality(counted, (window, source, version))
    predictions: dict[str, Counter[str]] = {}
    for of_hour, counts in known.hours.items():
        if of_hour.hour >= since:
            predictions.setdefault(of_hour.model_version, Counter()).update(counts)
    for version, counts in sorted(predictions.items()):
        yield from _estimate(counts, window, version)
    yield from _coverage(cells, predictions, window)


def _quality(cells: Cells, labels: tuple[str, ...]) -> Iterator[Sample]:
    yield Sample(metrics.LABELS, labels, cells.labels)
    yield Sample(metrics.ENOUGH_LABELS, labels, cells.labels >= ENOUGH_LABELS)
    for cell, count in cells._asdict().items():
        yield Sample(metrics.CONFUSION, (cell, *labels), count)
    for metric, found in (
        (metrics.ACCURACY, cells.accuracy()),
        (metrics.PRECISION, cells.precision()),
        (metrics.RECALL, cells.recall()),
        (metrics.F1, cells.f1()),
    ):
        if found:
            yield Sample(metric.value, labels, found.value)
            yield Sample(metric.lower, labels, found.lower)
            yield Sample(metric.upper, labels, found.upper)


def _estimate(counts: Counter[str], window: str, version: str) -> Iterator[Sample]:
    """Yield what the probabilities say of the quality (CBPE, NannyML): it assumes that they are calibrated."""
    expected = _expected(counts)
    if expected.labels:
        yield Sample(metrics.ESTIMATED_ACCURACY, (window, version), expected.right / expected.labels)
    if positive := 2 * expected.tp + expected.fp + expected.fn:
        yield Sample(metrics.ESTIMATED_F1, (window, version), 2 * expected.tp / positive)


class _Expected(NamedTuple):
    """Expected cells of a confusion matrix, which are no whole numbers."""

    tp: float
    fp: float
    tn: float
    fn: float

    @property
    def labels(self) -> float:
        return sum(self)

    @property
    def right(self) -> float:
        return self.tp + self.tn


def _expected(counts: Counter[str]) -> _Expected:
    tp, fn = (counts[f"{label}_probability"] / PROBABILITY_UNIT for label in LABELS)
    return _Expected(tp, counts["positive"] - tp, counts["negative"] - fn, fn)


def _coverage(
    cells: Mapping[tuple[str, str], Cells], predictions: Mapping[str, Counter[str]], window: str
) -> Iterator[Sample]:
    labels = Counter[str]()
    for (_, source), counted in cells.items():
        labels[source] += counted.labels
    made = sum(counts[label] for counts in predictions.values() for label in LABELS)
    if made:
        for source in SOURCES:
            yield Sample(metrics.COVERAGE, (window, source), labels[source] / made)
    audited = sum(counts["audited"] for counts in predictions.values())
    if audited:  # labels of this window may be on predictions from before it
        yield Sample(metrics.AUDIT_NONRESPONSE, (window,), max(0.0, 1 - labels["audit"] / audited))


def _model(known: Known, production: InProduction) -> Iterator[Sample]:
    pointer = production.pointer
    yield Sample(metrics.MODEL_INFO, (pointer.model_version, pointer.run_id), 1)
    yield Sample(metrics.MODEL_TRAINED, (), pointer.trained_at.timestamp())
    yield Sample(metrics.MODEL_PROMOTED, (), pointer.promoted_at.timestamp())
    if known.alias is not None:
        yield Sample(metrics.ALIAS_AGREES, (), known.alias == pointer.model_version)


def _audited(known: Known, production: InProduction) -> Iterator[Sample]:
    """Yield the verdict on the version in production: from audited labels since its promotion, to the hour."""
    pointer = production.pointer
    labels = (pointer.model_version,)
    since = _hour(pointer.promoted_at - CLOCKS_DIFFER)
    days: dict[str, Cells] = {}
    for bucket, counted in known.quality.items():
        if (bucket.model_version, bucket.source) == (pointer.model_version, "audit") and bucket.hour >= since:
            days[day_of(bucket.hour)] = days.get(day_of(bucket.hour), Cells()).plus(counted)
    cells = reduce(Cells.plus, days.values(), Cells())
    interval = confidence_interval(cells.right, cells.labels)
    yield Sample(metrics.AUDITED_LABELS, labels, cells.labels)
    if cells.labels:
        yield Sample(metrics.AUDITED_ACCURACY.value, labels, cells.right / cells.labels)
    yield Sample(metrics.AUDITED_ACCURACY.lower, labels, interval.lower)
    yield Sample(metrics.AUDITED_ACCURACY.upper, labels, interval.upper)
    if (accuracy := pointer.metrics.get("accuracy")) is not None:
        limit = accuracy - MARGIN
        yield Sample(metrics.ACCURACY_LIMIT, labels, limit)
        evidence = evidence_of_a_fall(((of.right, of.labels) for _, of in sorted(days.items()) if of.labels), limit)
        yield Sample(metrics.QUALITY_EVIDENCE, labels, evidence)
        yield Sample(metrics.QUALITY_FELL, labels, evidence >= 1 / ALPHA)
    expected = _expected(known.totals.predictions.get(pointer.model_version, Counter()) if known.totals else Counter())
    if expected.labels >= ENOUGH_PREDICTIONS:
        outside = not interval.lower <= expected.right / expected.labels <= interval.upper
        yield Sample(metrics.ESTIMATE_PARTED, labels, outside)


def _drift(known: Known, production: InProduction) -> Iterator[Sample]:
    version = production.pointer.model_version
    since = _hour(known.now - timedelta(hours=DRIFT_HOURS))
    counts = Counter[str]()
    for of_hour, of_version in known.hours.items():
        if of_hour.model_version == version and of_hour.hour >= since:
            counts.update(of_version)
    binned = {
        feature: [counts[f"bin_{place}_{digit}"] for digit in range(MAX_BINS)] for place, feature in enumerate(FEATURES)
    }
    yield Sample(metrics.DRIFT_PREDICTIONS, (version,), max(map(sum, binned.values())))
    for feature, shares in production.reference.shares.items():
        if sum(binned[feature]) >= ENOUGH_PREDICTIONS:
            yield Sample(metrics.DRIFT_PSI, (feature, version), stability_index(shares, binned[feature][: len(shares)]))
    made, different = sum(counts[label] for label in LABELS), max(map(sum, binned.values()))
    if different < ENOUGH_PREDICTIONS:
        return
    share = counts["positive"] / made
    yield Sample(metrics.POSITIVE_SHARE, (version,), share)
    if production.positive_share is not None and production.reviews:
        yield Sample(metrics.POSITIVE_SHARE_EXPECTED, (version,), production.positive_share)
        moved = share_moved(round(share * different), different, production.positive_share, production.reviews)
        yield Sample(metrics.POSITIVE_SHARE_MOVED, (version,), moved)


def _ages(known: Known) -> Iterator[Sample]:
    if known.hours:
        yield Sample(metrics.LAST_PREDICTION, (), _timestamp(max(of.hour for of in known.hours)))
    if known.quality:
        yield Sample(metrics.LAST_FEEDBACK, (), _timestamp(max(bucket.hour for bucket in known.quality)))
    if known.retraining:
        yield Sample(metrics.LAST_RETRAINING, (), known.retraining.at.timestamp())
        yield Sample(metrics.RETRAINING_FAILED, (), known.retraining.failed)
    if known.archive_failures is not None:
        yield Sample(metrics.ARCHIVE_FAILURES, (), known.archive_failures)


def _timestamp(hour: str) -> float:
    return datetime.fromisoformat(f"{hour}:00+00:00").timestamp()
