"""What Prometheus answers, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from frontend.clients.prometheus import Sample, Series
from frontend.quality.reading import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sentiment.schemas.metrics import Metric

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
Told = tuple["Metric", float, dict[str, str]]


def snapshot(told: Iterable[Told]) -> Snapshot:
    return Snapshot(Sample({"__name__": metric.name, **labels}, value, NOW) for metric, value, labels in told)


def series(values: Iterable[float], labels: dict[str, str], *, first: int = 0) -> Series:
    """Return a series with a value each minute."""
    return Series(labels, [(NOW + timedelta(minutes=first + place), value) for place, value in enumerate(values)])
