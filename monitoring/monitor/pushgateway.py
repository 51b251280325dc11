"""The pushgateway: pushing the monitor's group, and deleting those of execution environments that are gone."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from urllib3.exceptions import HTTPError

from sentiment.schemas.metrics import JOB_FUNCTIONS, JOB_MONITOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monitoring.monitor.figures import Sample

SILENT_S = 900.0
"""A group without a push for this long belongs to an environment that is gone."""
DELETING_S = 10.0
"""Time for deletions in one run; the next one goes on."""
_TIMEOUT_S = 2.0
_DELETERS = 8
_PUSHED = "push_time_seconds"


class PushgatewayError(Exception):
    """The pushgateway does not answer, or refuses; the message says which."""


class Groups(NamedTuple):
    """How many groups of execution environments are left, and how many were deleted."""

    left: int
    deleted: int


class Pushgateway:
    """A pushgateway.

    Args:
        url: `http://[user:password@]host[:port]`, without a path.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])).rstrip("/")
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        self._http = urllib3.PoolManager(
            maxsize=_DELETERS,
            headers=urllib3.make_headers(basic_auth=login),
            timeout=urllib3.Timeout(total=_TIMEOUT_S),
            retries=False,
        )

    def push(self, samples: Iterable[Sample]) -> None:
        """Replace the monitor's group.

        Raises:
            PushgatewayError: The pushgateway does not answer, or refuses.
        """
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(samples))
        self._call("PUT", f"/metrics/job/{JOB_MONITOR}", generate_latest(registry))

    def delete_silent(self) -> Groups:
        """Delete the groups of execution environments that have not pushed for 15 minutes, as the pushgateway counts.

        Its own clock decides, by the monitor's own push, so it must have pushed just before. Other groups may be from
        a time when that clock was ahead.

        Raises:
            PushgatewayError: The pushgateway does not answer, or refuses.
        """
        pushed = dict(self._push_times())
        now = max((at for labels, at in pushed.items() if dict(labels).get("job") == JOB_MONITOR), default=0.0)
        groups = {labels: at for labels, at in pushed.items() if dict(labels).get("job") == JOB_FUNCTIONS}
        silent = [labels for labels, at in groups.items() if now - at > SILENT_S]
        give_up_at = time.monotonic() + DELETING_S

        def delete(labels: tuple[tuple[str, str], ...]) -> bool:
            if time.monotonic() > give_up_at:
                return False
            self._call("DELETE", _path(dict(labels)))
            return True

        with ThreadPoolExecutor(_DELETERS) as pool:
            deleted = sum(pool.map(delete, silent))
        return Groups(len(groups) - deleted, deleted)

    def _push_times(self) -> Iterator[tuple[tuple[tuple[str, str], ...], float]]:
        """Yield the labels of each group, and when it was last pushed; of all else, only lines are read."""
        for line in self._call("GET", "/metrics").decode().splitlines():
            if line.startswith(f"{_PUSHED}{{"):
                for family in text_string_to_metric_families(line):
                    for sample in family.samples:
                        yield tuple(sorted(sample.labels.items())), sample.value

    def _call(self, method: str, path: str, body: bytes | None = None) -> bytes:
        try:
            answer = self._http.request(method, f"{self._url}{path}", body=body)
        except HTTPError as error:
            raise PushgatewayError(f"the pushgateway does not answer: {error}") from error
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise PushgatewayError(f"the pushgateway refuses {method} with {answer.status}")
        return answer.data


class _Collector:
    """Samples as prometheus_client collects them, in their order."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = list(samples)

    def collect(self) -> Iterable[Metric]:
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for sample in self._samples:
            metric = sample.metric
            if metric.name not in families:
                kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
                families[metric.name] = kind(metric.name, metric.help, labels=metric.labels)
            families[metric.name].add_metric(sample.labels, sample.value)
        return families.values()


def _path(labels: Mapping[str, str]) -> str:
    """Return the path of a group; a value may hold a slash, so those that a client chose are encoded."""
    others = sorted((name, value) for name, value in labels.items() if name != "job" and value)
    encoded = (f"/{name}@base64/{urlsafe_b64encode(value.encode()).decode()}" for name, value in others)
    return f"/metrics/job/{JOB_FUNCTIONS}{''.join(encoded)}"
