"""Every panel shows data on a real Prometheus that scrapes a real pushgateway and a real node exporter."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import count, product
from typing import TYPE_CHECKING, NamedTuple

import pytest
import tenacity
from prometheus_client import CollectorRegistry, push_to_gateway
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

from local.monitoring.programs import node_exporter_options
from local.monitoring.servers import NODE_EXPORTER, PROMETHEUS, PUSHGATEWAY
from local.ports import free_port
from monitoring.monitor.figures import LABELS, SOURCES, VERDICTS
from monitoring.prometheus.windows import SHORTENED
from monitoring.prometheus.writing import write_rules
from sentiment.evaluation.live_quality import Cells
from sentiment.model.reference import FEATURES
from sentiment.schemas import metrics
from sentiment.schemas.metrics import (
    JOB_FUNCTIONS,
    JOB_MONITOR,
    PREDICT_ROUTE,
    SLOW_S,
    WINDOWS,
    Metric,
    WithBounds,
    Writer,
)
from tests import needs
from tests.dashboards import OF_PROCESSORS, without_data
from tests.integration.servers import wait_until_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client.metrics_core import Metric as Family

FUNCTION = "inference"
VALUES = {
    "label": LABELS,
    "verdict": VERDICTS,
    "source": SOURCES,
    "cell": Cells._fields,
    "window": tuple(WINDOWS),
    "feature": FEATURES,
    "model_version": ("3",),
    "run_id": ("0f1e2d",),
    "part": ("quality", "alias"),
    "function": (FUNCTION,),
    "route": (PREDICT_ROUTE, "/predict/batch"),
    "code": ("200", "500"),
}
"""What the labels of a metric are, by name."""
QUICK = replace(SHORTENED, step_s=2, evaluation_s=1, settle_s=1)
"""Rules that see what is scraped every second."""


class Replay(NamedTuple):
    """What a group of the pushgateway holds at one moment: every metric of its writer, in all its series."""

    writer: Writer
    moment: int

    def collect(self) -> Iterator[Family]:
        """Yield the metrics."""
        values = vars(metrics).values()
        every = [value for value in values if isinstance(value, Metric)]
        every += [one for value in values if isinstance(value, WithBounds) for one in value]
        yield from (self._family(metric) for metric in every if metric.writer == self.writer)

    def _family(self, metric: Metric) -> Family:
        series = list(product(*(VALUES[label] for label in metric.labels)))
        if metric.kind == "histogram":
            histogram = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
            for labels in series:
                buckets = [(f"{SLOW_S}", 9 * self.moment), ("+Inf", 10 * self.moment)]
                histogram.add_metric(labels, buckets, sum_value=0.1 * self.moment)
            return histogram
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = kind(metric.name, metric.help, labels=metric.labels)
        for labels in series:
            family.add_metric(labels, self._value(metric))
        return family

    def _value(self, metric: Metric) -> float:
        if metric.kind == "counter":
            return self.moment
        return time.time() - 3600 if metric.name.endswith("_timestamp_seconds") else 1


class Servers(NamedTuple):
    """The URLs of the servers."""

    prometheus: str
    pushgateway: str

    def push(self, moment: int) -> None:
        """Replace what the monitor and an execution environment said."""
        self._push("monitor", moment, JOB_MONITOR, {})
        self._push("functions", moment, JOB_FUNCTIONS, {"function": FUNCTION, "instance": "a1b2"})

    def _push(self, writer: Writer, moment: int, job: str, group: dict[str, str]) -> None:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Replay(writer, moment))
        push_to_gateway(self.pushgateway, job=job, registry=registry, grouping_key=group)


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    write_rules(tmp_path / "rules", QUICK, runbook="runbook")
    ports = {job: free_port() for job in ("pushgateway", "node", "prometheus")}
    urls = {job: f"http://127.0.0.1:{port}" for job, port in ports.items()}
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(tmp_path / "rules" / "*.yml")],
        "scrape_configs": [
            {
                "job_name": job,
                "honor_labels": job == "pushgateway",
                "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
            }
            for job, port in ports.items()
        ],
    }
    (tmp_path / "prometheus.yml").write_text(json.dumps(configuration))  # JSON is YAML
    arguments = {
        "pushgateway": [needs.program(PUSHGATEWAY), "--persistence.file="],
        "node": [needs.program(NODE_EXPORTER), *node_exporter_options()],
        "prometheus": [
            *(needs.program(PROMETHEUS), f"--config.file={tmp_path / 'prometheus.yml'}"),
            f"--storage.tsdb.path={tmp_path / 'data'}",
        ],
    }
    with ExitStack() as running:
        for job, command in arguments.items():
            running.enter_context(
                _running(job, [*command, f"--web.listen-address=127.0.0.1:{ports[job]}"], urls, tmp_path)
            )
        yield Servers(urls["prometheus"], urls["pushgateway"])


@contextmanager
def _running(job: str, command: list[str], urls: dict[str, str], folder: Path) -> Iterator[None]:
    log = folder / f"{job}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        wait_until_up(f"{urls[job]}/metrics", process, log, within_s=30)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_every_panel_shows_data_once_everything_was_pushed(servers: Servers) -> None:
    empty_at_first = without_data(servers.prometheus, rate_interval="10s", excused=OF_PROCESSORS)
    moments = count()

    @tenacity.retry(
        retry=tenacity.retry_if_result(bool),
        wait=tenacity.wait_fixed(1),
        stop=tenacity.stop_after_delay(90),
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
    def still_empty() -> list[str]:
        servers.push(next(moments))
        return without_data(servers.prometheus, rate_interval="10s", excused=OF_PROCESSORS)

    assert [line for line in empty_at_first if line.startswith("Service: Requests per second")]
    assert still_empty() == []
