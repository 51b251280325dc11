"""What a push holds: every series of the environment, each as 0 first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from lambdas.shared.pushing import group as group_module
from lambdas.shared.pushing.counts import Counts
from lambdas.shared.pushing.group import Group
from lambdas.shared.pushing.pushes import PushError
from sentiment.schemas import metrics
from sentiment.schemas.metrics import (
    COLD_STARTS,
    CPU_SECONDS,
    JOB_FUNCTIONS,
    PUSH_FAILURES,
    REQUEST_SECONDS,
    REQUESTS,
    Metric,
)

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

OURS = {metric for metric in vars(metrics).values() if isinstance(metric, Metric) and metric.writer == "functions"}


class Gateway:
    """Keeps what was pushed last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.down = False
        self.text = ""
        self.key: dict[str, Any] = {}
        monkeypatch.setattr(group_module, "put", self._put)

    def _put(self, url: str, *, job: str, group: dict[str, str], collector: Collector) -> None:
        if self.down:
            raise PushError("down")
        self.text = generate_latest(collector).decode()
        self.key = {"url": url, "job": job, **group}

    def value(self, name: str, **labels: str) -> float | None:
        """Return the value of a series of the inference function; None if it was not pushed."""
        return next(
            (
                sample.value
                for family in text_string_to_metric_families(self.text)
                for sample in family.samples
                if sample.name == name and sample.labels == {"function": "inference", **labels}
            ),
            None,
        )


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    return Gateway(monkeypatch)


def test_every_series_is_pushed_as_zero_before_its_value(gateway: Gateway) -> None:
    group, counts = Group("http://gateway", "inference"), Counts()

    def requests(code: str) -> float | None:
        return gateway.value(REQUESTS.name, route="/predict", code=code)

    counts.add("/predict", "200", 0.3)
    group.push(counts.so_far(), push_failures=2)
    assert requests("200") == requests("500") == requests("503") == 0
    assert gateway.value(f"{REQUEST_SECONDS.name}_count", route="/predict") == 0
    assert gateway.value(COLD_STARTS.name) == gateway.value(PUSH_FAILURES.name) == gateway.value(CPU_SECONDS.name) == 0

    counts.add("/predict", "409", 0.3)
    counts.add("/predict", "500", 0.3)
    group.push(counts.so_far(), push_failures=2)
    assert [requests(code) for code in ("200", "409", "500")] == [1, 0, 1]
    assert gateway.value(COLD_STARTS.name) == 1
    assert gateway.value(PUSH_FAILURES.name) == 2
    assert gateway.value(CPU_SECONDS.name)

    group.push(counts.so_far(), push_failures=2)
    assert requests("409") == 1


def test_zeros_that_did_not_arrive_are_pushed_again(gateway: Gateway) -> None:
    group, counts = Group("http://gateway", "inference"), Counts()
    counts.add("/predict", "200", 0.3)
    gateway.down = True
    with pytest.raises(PushError):
        group.push(counts.so_far(), push_failures=0)
    gateway.down = False
    group.push(counts.so_far(), push_failures=1)

    assert gateway.value(REQUESTS.name, route="/predict", code="200") == 0


def test_a_push_has_exactly_the_declared_metrics_and_labels(gateway: Gateway) -> None:
    group, counts = Group("http://gateway", "inference"), Counts()
    counts.add("/predict", "200", 0.3)
    group.push(counts.so_far(), push_failures=0)

    pushed = {}
    for family in text_string_to_metric_families(gateway.text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = {frozenset(sample.labels) - {"le"} for sample in family.samples}
        pushed[name] = (family.type, family.documentation, labels)
    assert pushed == {metric.name: (metric.kind, metric.help, {frozenset(metric.labels)}) for metric in OURS}


def test_a_histogram_counts_up_to_each_bound(gateway: Gateway) -> None:
    group, counts = Group("http://gateway", "inference"), Counts()
    for seconds in (0.2, 0.3, 20.0):
        counts.add("-", "200", seconds)
    for _ in range(2):
        group.push(counts.so_far(), push_failures=0)

    up_to = {le: gateway.value(f"{REQUEST_SECONDS.name}_bucket", route="-", le=le) for le in ("0.1", "0.25", "1.0")}
    assert up_to == {"0.1": 0, "0.25": 1, "1.0": 2}
    assert gateway.value(f"{REQUEST_SECONDS.name}_bucket", route="-", le="+Inf") == 3
    assert gateway.value(f"{REQUEST_SECONDS.name}_sum", route="-") == 20.5


def test_each_environment_has_a_group_of_its_own(gateway: Gateway) -> None:
    keys = []
    for _ in range(2):
        Group("http://gateway", "inference").push(Counts().so_far(), push_failures=0)
        keys.append(gateway.key)

    first, second = keys
    assert first["instance"] != second["instance"]
    assert {**first, "instance": ""} == {
        "url": "http://gateway",
        "job": JOB_FUNCTIONS,
        "function": "inference",
        "instance": "",
    }
