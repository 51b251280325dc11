"""The pushgateway: pushing the monitor's group, and deleting those of execution environments that are gone."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

import urllib3
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from urllib3.exceptions import HTTPError, LocationValueError

from lambdas.shared.pushing.address import address_of
from sentiment.schemas.metrics import JOB_FUNCTIONS, JOB_MONITOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from urllib3 import BaseHTTPResponse

    from monitoring.monitor.figures import Sample

SILENT_S = 900.0
"""A group without a push for this long belongs to an environment that is gone."""
DELETING_S = 10.0
"""Time for deletions in one run; the next one goes on."""
TIMEOUT_S = 10.0
"""For a push. With the groups of 10,000 environments, a pushgateway needs 4 s, because it compares it with all."""
LISTING_S = 20.0
"""For the list of groups. With 10,000 it needs 5 s, and twice as long if it has to share the processor."""
_DELETE_TIMEOUT_S = 2.0
"""For the answer to a deletion, which has no such work to do."""
_DELETERS = 8
_PUSHED = b"push_time_seconds{"
_ITSELF = b"pushgateway_build_info{"
"""A line that every pushgateway has."""
_QUOTED = 200
"""Bytes of a refusal that are quoted."""
_SUCCESS = range(HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES)


class PushgatewayError(Exception):
    """The pushgateway does not answer, or refuses; the message says which, without the password of its address."""


class Groups(NamedTuple):
    """Groups of execution environments.

    Attributes:
        pushing: How many pushed in the last 15 minutes.
        silent: How many others there were.
        deleted: How many of those were deleted.
    """

    pushing: int
    silent: int
    deleted: int


class Pushgateway:
    """A pushgateway; its URL may have `user:password@` before the host."""

    def __init__(self, url: str) -> None:
        address = address_of(url)
        self._url = address.url.rstrip("/")
        self._http = urllib3.PoolManager(maxsize=_DELETERS, headers=address.headers, retries=False)

    def push(self, samples: Iterable[Sample]) -> None:
        """Replace the monitor's group.

        Raises:
            PushgatewayError: The pushgateway does not answer, or refuses.
        """
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collector(samples))
        self._request("PUT", f"/metrics/job/{JOB_MONITOR}", TIMEOUT_S, body=generate_latest(registry))

    def delete_silent(self, silent_s: float | None = None) -> Groups:
        """Delete the groups of execution environments that have not pushed for so long, by the pushgateway's clock.

        Args:
            silent_s: For how long at least, by default 15 minutes; with 0 all are deleted.

        Raises:
            PushgatewayError: The pushgateway does not answer, or refuses.
        """
        now, groups = self._functions()
        least_s = SILENT_S if silent_s is None else silent_s
        silent = [labels for labels, at in groups if now - at >= least_s]
        give_up_at = time.monotonic() + DELETING_S

        def delete(labels: Mapping[str, str]) -> bool:
            if time.monotonic() > give_up_at:
                return False
            self._request("DELETE", _path(labels), _DELETE_TIMEOUT_S)
            return True

        with ThreadPoolExecutor(_DELETERS) as pool:
            deleted = sum(pool.map(delete, silent))
        return Groups(len(groups) - len(silent), len(silent), deleted)

    def _functions(self) -> tuple[float, list[tuple[dict[str, str], float]]]:
        """Return the pushgateway's time, and the labels and the last push of each group of an execution environment.

        Ten thousand groups are 90 MB, of which a piece at a time is held.
        """
        until = time.monotonic() + LISTING_S
        pushed = []
        is_pushgateway = False
        answer = self._request("GET", "/metrics", LISTING_S, preload_content=False)
        try:
            for line in answer:
                is_pushgateway = is_pushgateway or line.startswith(_ITSELF)
                if line.startswith(_PUSHED):
                    pushed.append(line.decode())
                if time.monotonic() > until:
                    raise PushgatewayError(f"the pushgateway needs longer than {LISTING_S:.0f} s to say what it holds")
        except HTTPError as error:
            raise PushgatewayError(f"the pushgateway does not answer: {error}") from error
        finally:
            answer.close()
        if not is_pushgateway:
            raise PushgatewayError("what answers is no pushgateway")
        groups = [
            (sample.labels, sample.value)
            for family in text_string_to_metric_families("".join(pushed))
            for sample in family.samples
            if sample.labels.get("job") == JOB_FUNCTIONS
        ]
        now = parsedate_to_datetime(answer.headers["Date"]).timestamp() + 1  # it tells whole seconds, cut off
        return now, groups

    def _request(
        self,
        method: str,
        path: str,
        timeout_s: float,
        *,
        body: bytes | None = None,
        preload_content: bool = True,
    ) -> BaseHTTPResponse:
        try:
            answer = self._http.request(
                method,
                f"{self._url}{path}",
                body=body,
                timeout=urllib3.Timeout(total=timeout_s),
                preload_content=preload_content,
            )
            reason = answer.data[:_QUOTED].decode(errors="replace") if answer.status not in _SUCCESS else ""
        except LocationValueError:  # whose message has the address, and perhaps the password
            raise PushgatewayError("the pushgateway's address is malformed") from None
        except HTTPError as error:
            raise PushgatewayError(f"the pushgateway does not answer: {error}") from error
        if answer.status not in _SUCCESS:
            raise PushgatewayError(f"the pushgateway answers {method} {path} with {answer.status} {reason}".rstrip())
        return answer


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
