"""A Prometheus that has the past it is told, and needs no server beside it."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from local.ports import free_port
from sentiment.schemas import metrics
from sentiment.schemas.metrics import JOB_MONITOR, PREDICT_ROUTE, WINDOWS, Metric
from tests import needs
from tests.integration.prometheus import prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from sentiment.evaluation.live_quality import Cells

EVERY = timedelta(minutes=1)


class Past:
    """What a Prometheus knows: series with a value each minute."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._lines: dict[str, list[str]] = {}
        self._kinds: dict[str, str] = {}

    def tell(
        self,
        metric: Metric,
        value: float,
        labels: Mapping[str, str] | None = None,
        *,
        since: timedelta = timedelta(hours=2),
        until: timedelta = timedelta(),
        rising: float = 0.0,
        part: str = "",
    ) -> None:
        """Give a series a value from so long ago to so long ago, rising by as much each minute."""
        job = {"job": JOB_MONITOR} if metric.writer == "monitor" else {}
        named = ",".join(f"{name}={json.dumps(text)}" for name, text in {**job, **(labels or {})}.items())
        self._kinds[metric.name] = "gauge"
        minutes = int((since - until) / EVERY)
        self._lines.setdefault(f"{metric.name}{part}", []).extend(
            f"{metric.name}{part}{{{named}}} {value + rising * minute} "
            f"{(self.now - since + minute * EVERY).timestamp():.3f}"
            for minute in range(minutes + 1)
        )

    def write(self, folder: Path) -> None:
        """Write the blocks that a server in this folder reads; skip the test without Prometheus' tool."""
        file = folder / "past.txt"
        lines = [line for name in sorted(self._lines) for line in (f"# TYPE {name} unknown", *self._lines[name])]
        file.write_text("\n".join([*lines, "# EOF", ""]))
        command = [needs.promtool(), "tsdb", "create-blocks-from", "openmetrics", str(file), str(folder / "data")]
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def prometheus_of(past: Past, folder: Path) -> Iterator[str]:
    """Yield the URL of a server with this past; skip the test if Prometheus is not installed."""
    past.write(folder)
    with prometheus(folder, f"127.0.0.1:{free_port()}") as server:
        yield server.url


def of_a_loop(now: datetime, *, labels: Cells, since: timedelta = timedelta(hours=2)) -> Past:
    """Return the past of a loop in which version 8 followed version 7 an hour ago.

    Args:
        now: When it ends.
        labels: The audited labels of version 8, in every window; there are as many thumbs.
        since: How long ago it begins.
    """
    past = Past(now)
    hour = timedelta(hours=1)
    promoted = {"7": (now - timedelta(days=9), since, hour + 6 * EVERY), "8": (now - hour, hour, timedelta())}
    for version, (at, first, last) in promoted.items():
        of_version = {"model_version": version, "run_id": f"run-{version}"}
        past.tell(metrics.MODEL_INFO, 1, of_version, since=first, until=last)
        past.tell(metrics.MODEL_PROMOTED, at.timestamp(), since=first, until=last)
    past.tell(metrics.MONITOR_RUN, (now - since).timestamp(), since=since, rising=EVERY.total_seconds())
    for window in WINDOWS:
        for source in ("audit", "reviewed", "voluntary"):
            for version, (_, first, _) in promoted.items():
                _quality(past, labels, first, {"window": window, "source": source, "model_version": version})
            past.tell(metrics.COVERAGE, 0.021, {"window": window, "source": source}, since=since)
        past.tell(metrics.AUDIT_NONRESPONSE, 0.25, {"window": window}, since=since)
    of_8 = {"model_version": "8"}
    past.tell(metrics.AUDITED_LABELS, labels.labels, of_8)
    past.tell(metrics.ACCURACY_LIMIT, 0.87, of_8)
    past.tell(metrics.QUALITY_FELL, 0, of_8)
    for bound, value in zip(metrics.AUDITED_ACCURACY, (0.92, 0.88, 0.95), strict=True):
        past.tell(bound, value, of_8)
    for place, feature in enumerate(("probability", "characters", "unknown_words")):
        past.tell(metrics.DRIFT_PSI, 0.05 * (place + 1), {"feature": feature, **of_8}, since=since)
    for le, share in (("0.005", 0.5), ("0.01", 0.9), ("0.025", 0.98), ("+Inf", 1.0)):
        labels_of = {"function": "inference", "route": PREDICT_ROUTE, "le": le}
        past.tell(metrics.REQUEST_SECONDS, 0, labels_of, since=since, rising=60 * share, part="_bucket")
    return past


def _quality(past: Past, cells: Cells, since: timedelta, labels: Mapping[str, str]) -> None:
    past.tell(metrics.LABELS, cells.labels, labels, since=since)
    past.tell(metrics.ENOUGH_LABELS, cells.labels >= 100, labels, since=since)
    for cell, count in cells._asdict().items():
        past.tell(metrics.CONFUSION, count, {"cell": cell, **labels}, since=since)
    for metric, found in ((metrics.ACCURACY, cells.accuracy()), (metrics.F1, cells.f1())):
        for bound, value in zip(metric, found or (), strict=bool(found)):
            past.tell(bound, value, labels, since=since)
