"""Asks Prometheus for what the page on quality shows: all that the monitor says now, and some of it over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sentiment.schemas.metrics import (
    ACCURACY,
    COVERAGE,
    DRIFT_PSI,
    F1,
    JOB_MONITOR,
    MODEL_INFO,
    MODEL_PROMOTED,
    PREDICT_ROUTE,
    REQUEST_SECONDS,
    WINDOWS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from frontend.clients.prometheus import Prometheus, Sample, Series
    from sentiment.schemas.metrics import Metric, WithBounds

SPANS = {name: timedelta(hours=hours) for name, hours in WINDOWS.items()}
"""The times that the charts may cover, by name."""
QUANTILES = {0.5: "half are faster (p50)", 0.95: "95 % are faster (p95)", 0.99: "99 % are faster (p99)"}
_POINTS = 120
"""Of a curve."""
_RATED_OVER = timedelta(minutes=5)
"""Latency is that of as much time before each point, at least: with less, few requests make gaps."""
_PROMOTIONS_SEEN_EVERY = "1m"
"""The monitor runs as often."""


class Snapshot:
    """What the monitor said last."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._values: dict[str, list[Sample]] = {}
        for sample in samples:
            self._values.setdefault(sample.labels.get("__name__", ""), []).append(sample)

    def value(self, metric: Metric, **labels: str) -> float | None:
        """Return the value of the series with these labels; None without one."""
        return next((one.value for one in self.samples(metric) if labels.items() <= one.labels.items()), None)

    def samples(self, metric: Metric) -> list[Sample]:
        """Return all series of a metric."""
        return self._values.get(metric.name, [])


class Point(NamedTuple):
    """A value, and the ends of its interval where it has one."""

    at: datetime
    value: float
    lower: float | None = None
    upper: float | None = None


class Curve(NamedTuple):
    """A line of a chart.

    Attributes:
        name: What the line shows: a source of labels, a feature, a quantile.
        version: The model version; empty if it is about all versions.
        points: In order.
    """

    name: str
    version: str
    points: list[Point]


class Promotion(NamedTuple):
    """A version that went into production, or was there already when the time began."""

    at: datetime
    version: str


class OverTime(NamedTuple):
    """The charts' data.

    Attributes:
        start: When the charts begin.
        end: When they end.
        step: From one point to the next.
        accuracy: By source, of the version that was in production at each moment.
        f1: The same.
        coverage: Labels for each prediction, by source.
        drift: Population stability index, by feature.
        latency: Seconds, by quantile.
        promotions: Of the versions that were in production, the oldest first.
    """

    start: datetime
    end: datetime
    step: timedelta
    accuracy: list[Curve]
    f1: list[Curve]
    coverage: list[Curve]
    drift: list[Curve]
    latency: list[Curve]
    promotions: list[Promotion]


def read_now(prometheus: Prometheus) -> Snapshot:
    """Return what the monitor said last.

    Raises:
        ProblemError: Prometheus does not answer, or refuses.
    """
    return Snapshot(prometheus.now(f'{{job="{JOB_MONITOR}"}}'))


def read_over_time(prometheus: Prometheus, span: str, window: str, end: datetime) -> OverTime:
    """Return the data of the charts.

    Args:
        prometheus: Whom to ask.
        span: One of `SPANS`.
        window: The window of quality and coverage, such as `24h`.
        end: When the charts end.

    Raises:
        ProblemError: Prometheus does not answer, or refuses.
    """
    start, step = end - SPANS[span], SPANS[span] / _POINTS

    def over(expression: str) -> list[Series]:
        return prometheus.over(expression, start, end, step)

    def quality(metric: WithBounds) -> list[Curve]:
        return with_bounds(*(over(_quality(one, window)) for one in metric))

    return OverTime(
        start=start,
        end=end,
        step=step,
        accuracy=quality(ACCURACY),
        f1=quality(F1),
        coverage=curves(over(f'max by (source) ({COVERAGE.name}{{window="{window}"}})'), "source"),
        drift=curves(over(f"max by (feature) ({DRIFT_PSI.name})"), "feature"),
        latency=[
            Curve(name, "", curve.points)
            for share, name in QUANTILES.items()
            for curve in curves(over(_latency(share, max(step, _RATED_OVER))), "")
        ],
        promotions=promotions(prometheus.now(_promotions(SPANS[span]))),
    )


def _quality(metric: Metric, window: str) -> str:
    return (
        f'max by (source, model_version) ({metric.name}{{window="{window}"}}) and on (model_version) {MODEL_INFO.name}'
    )


def _latency(share: float, over: timedelta) -> str:
    rate = f'rate({REQUEST_SECONDS.name}_bucket{{route="{PREDICT_ROUTE}"}}[{over.total_seconds():.0f}s])'
    return f"histogram_quantile({share:g}, sum by (le) ({rate}))"


def _promotions(span: timedelta) -> str:
    """Return what finds a series for each version and time of promotion that the monitor named within a span."""
    promoted = f"max by (model_version) ({MODEL_INFO.name} * on () group_left () max({MODEL_PROMOTED.name}))"
    named = f'count_values by (model_version) ("promoted", {promoted})'
    return f"count_over_time(({named})[{span.total_seconds():.0f}s:{_PROMOTIONS_SEEN_EVERY}])"


def promotions(found: Iterable[Sample]) -> list[Promotion]:
    """Return the promotions that series name, the oldest first."""
    named = (
        Promotion(datetime.fromtimestamp(float(one.labels["promoted"]), UTC), one.labels["model_version"])
        for one in found
    )
    return sorted(named)


def curves(series: Iterable[Series], named_by: str) -> list[Curve]:
    """Return series as lines, named by one of their labels."""
    return [
        Curve(one.labels.get(named_by, ""), "", [Point(at, value) for at, value in one.points])
        for one in series
        if one.points
    ]


def with_bounds(values: Iterable[Series], lower: Iterable[Series], upper: Iterable[Series]) -> list[Curve]:
    """Return the lines of a proportion with the ends of its interval, by source and model version."""
    bounds = [{_source_and_version(one.labels): dict(one.points) for one in side} for side in (lower, upper)]
    found = []
    for one in values:
        lowers, uppers = (side.get(_source_and_version(one.labels), {}) for side in bounds)
        points = [Point(at, value, lowers.get(at), uppers.get(at)) for at, value in one.points]
        if points:
            found.append(Curve(*_source_and_version(one.labels), points))
    return sorted(found, key=lambda curve: (curve.name, curve.points[0].at))


def _source_and_version(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels.get("source", ""), labels.get("model_version", "")
