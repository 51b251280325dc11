"""The group of one execution environment in the pushgateway, and its series."""

from __future__ import annotations

import os
import resource
import time
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from lambdas.shared.pushing.gateway import put
from sentiment.schemas.metrics import (
    COLD_STARTS,
    CPU_SECONDS,
    JOB_FUNCTIONS,
    PUSH_FAILURES,
    REQUEST_BUCKETS_S,
    REQUEST_SECONDS,
    REQUESTS,
    RESIDENT_BYTES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric
    from prometheus_client.samples import Sample

    from lambdas.shared.pushing.counts import Counted

_MEMORY = Path("/proc/self/statm")
"""Sizes in pages, the resident one second; only Linux has it."""
_BOUNDS = (*map(str, REQUEST_BUCKETS_S), "+Inf")


class Group:
    """Replaces the whole group with each push.

    What counts up is pushed as 0 first, and with its value from the next push on: to Prometheus, a series that begins
    at 5 has not increased.
    """

    def __init__(self, url: str, function: str) -> None:
        self._url = url
        self._function = function
        self._key = {"function": function, "instance": os.urandom(8).hex()}
        self._pushed: set[tuple[str, ...]] = set()

    def push(self, counted: Counted, *, push_failures: int) -> None:
        """Push what was counted.

        Raises:
            PushError: The gateway did not say within 200 ms that it has it.
        """
        families = list(_families(self._function, counted, push_failures))
        series = {_series(sample) for family in families for sample in family.samples}
        for family in families:
            if family.type != "gauge":
                family.samples = [
                    sample if _series(sample) in self._pushed else sample._replace(value=0.0)
                    for sample in family.samples
                ]
        put(self._url, job=JOB_FUNCTIONS, group=self._key, collector=_Collected(families))
        self._pushed = series


class _Collected(NamedTuple):
    families: list[Metric]

    def collect(self) -> list[Metric]:
        return self.families


def _families(function: str, counted: Counted, push_failures: int) -> Iterator[Metric]:
    requests = CounterMetricFamily(REQUESTS.name, REQUESTS.help, labels=REQUESTS.labels)
    for (route, code), number in counted.requests.items():
        requests.add_metric((function, route, code), number)
    yield requests
    seconds = HistogramMetricFamily(REQUEST_SECONDS.name, REQUEST_SECONDS.help, labels=REQUEST_SECONDS.labels)
    for route, durations in counted.durations.items():
        at_most = list(zip(_BOUNDS, accumulate(durations.buckets), strict=True))
        seconds.add_metric((function, route), at_most, durations.total_s)
    yield seconds
    for metric, value in ((COLD_STARTS, 1), (PUSH_FAILURES, push_failures), (CPU_SECONDS, time.process_time())):
        family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
        family.add_metric((function,), value)
        yield family
    if _MEMORY.exists():
        memory = GaugeMetricFamily(RESIDENT_BYTES.name, RESIDENT_BYTES.help, labels=RESIDENT_BYTES.labels)
        memory.add_metric((function,), int(_MEMORY.read_text().split()[1]) * resource.getpagesize())
        yield memory


def _series(sample: Sample) -> tuple[str, ...]:
    return sample.name, *sample.labels.values()
