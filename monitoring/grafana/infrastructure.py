"""The dashboard of what keeps the loop going: servers, the way of the metrics, retraining, the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitoring.grafana import layout
from monitoring.grafana.colours import BAD, BLUE, GOOD, GREEN, GREY, OF_JOB, ORANGE, PURPLE, VERMILION, WARNING
from monitoring.grafana.layout import Section
from monitoring.grafana.panels import Query, chart, number, states
from monitoring.prometheus.windows import REAL
from sentiment.schemas.metrics import (
    ALIAS_AGREES,
    ARCHIVE_FAILURES,
    LAST_FEEDBACK,
    LAST_PREDICTION,
    LAST_RETRAINING,
    MODEL_PROMOTED,
    MODEL_TRAINED,
    MONITOR_PROBLEM,
    MONITOR_RUN,
    MONITOR_SECONDS,
    PUSHING_ENVIRONMENTS,
    RETRAINING_FAILED,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard

    from monitoring.grafana.panels import Panel
    from sentiment.schemas.metrics import Metric

_UP = {0: ("down", BAD), 1: ("up", GOOD)}
_DISKS = '{fstype!~"tmpfs|ramfs"}'


def dashboard() -> Dashboard:
    """Return the dashboard."""
    return layout.page(
        uid="sentiment-infrastructure",
        title="Infrastructure and retraining",
        description="Does what keeps the loop going run, and does the model get retrained?",
        hours=6,
        sections=[
            Section("Does the loop run?", _verdict()),
            Section("Retraining", _retraining()),
            Section("The way of the metrics", _metrics()),
            Section("The machine", _machine()),
        ],
    )


def _verdict() -> list[Panel]:
    return [
        layout.firing(),
        number(
            "Servers",
            "Whether each answered when Prometheus last asked.",
            Query("min by (job) (up)", "{{job}}"),
            unit="none",
            width=8,
            words=_UP,
        ),
        number(
            "Age of the monitor's numbers",
            "It runs every minute. When it stands still, what is known of model and traffic gets old.",
            Query(_age(MONITOR_RUN), "age"),
            unit="s",
            steps=[(0, GOOD), (120, WARNING), (REAL.monitor_s, BAD)],
        ),
        number(
            "Failed archive batches",
            "Predictions and feedback that are in no training and in no count, until they are archived again.",
            Query(ARCHIVE_FAILURES.name, "batches"),
            unit="short",
            steps=[(0, GOOD), (1, BAD)],
        ),
        number(
            "Do alias and pointer agree?",
            "The API serves the version of the pointer; a retraining starts from that of MLflow's alias.",
            Query(ALIAS_AGREES.name, "alias"),
            unit="none",
            words={0: ("no", BAD), 1: ("yes", GOOD)},
            empty="MLflow is not asked",
        ),
    ]


def _retraining() -> list[Panel]:
    return [
        number(
            "Last retraining",
            "How long ago one ended, whatever came of it.",
            Query(_age(LAST_RETRAINING), "age"),
            unit="s",
            steps=[(0, GOOD), (REAL.overdue_s, BAD)] if REAL.overdue_s else (),
            empty="none yet",
        ),
        number(
            "How did it end?",
            "If it failed, the version in production stays. Airflow shows the step, and its log.",
            Query(RETRAINING_FAILED.name, "retraining"),
            unit="none",
            words={0: ("without a failure", GOOD), 1: ("failed", BAD)},
            empty="none yet",
        ),
        number(
            "Age of the model",
            "Since the version in production was trained.",
            Query(_age(MODEL_TRAINED), "age"),
            unit="s",
        ),
        number(
            "Time since promotion",
            "Since the version in production came there, by a retraining or a rollback.",
            Query(_age(MODEL_PROMOTED), "time"),
            unit="s",
        ),
        number(
            "Newest prediction",
            "How long ago, to the hour.",
            Query(_age(LAST_PREDICTION), "age"),
            unit="s",
            empty="none yet",
        ),
        number(
            "Newest feedback",
            "How long ago, to the hour. Without feedback, a retraining learns nothing new.",
            Query(_age(LAST_FEEDBACK), "age"),
            unit="s",
            empty="none yet",
        ),
        chart(
            "Age of model and retraining",
            "The model's age falls with a promotion, the retraining's with each that ended.",
            Query(_age(MODEL_TRAINED), "model"),
            Query(_age(LAST_RETRAINING), "retraining"),
            unit="s",
            colours={"^model$": BLUE, "^retraining$": ORANGE},
            least=0,
        ),
        chart(
            "Batches in the archive's failure queue",
            "Every one is missing in the lake. `make reconcile` archives it again.",
            Query(ARCHIVE_FAILURES.name, "batches"),
            unit="short",
            colours={"^batches$": VERMILION},
            least=0,
        ),
    ]


def _metrics() -> list[Panel]:
    return [
        states(
            "Which servers were up?",
            "Whether each answered when Prometheus asked.",
            Query("min by (job) (up)", "{{job}}"),
            words=_UP,
            height=8,
        ),
        states(
            "Could the monitor read everything?",
            "What it could not read is missing from the metrics, and alerts that rest on it cannot fire.",
            Query(f"max by (part) ({MONITOR_PROBLEM.name})", "{{part}}"),
            words={0: ("yes", GOOD), 1: ("no", BAD)},
            height=8,
        ),
        chart(
            "Age of the last scrape",
            "How long ago Prometheus last asked each server.",
            Query("time() - max by (job) (timestamp(up))", "{{job}}"),
            unit="s",
            width=8,
            colours=OF_JOB,
            least=0,
        ),
        chart(
            "Duration of a scrape",
            "The pushgateway's grows with its groups.",
            Query("max by (job) (scrape_duration_seconds)", "{{job}}"),
            unit="s",
            width=8,
            colours=OF_JOB,
            least=0,
        ),
        chart(
            "Age of the last push",
            "The monitor pushes every minute, the functions while they answer.",
            Query("time() - max by (job) (push_time_seconds)", "{{job}}"),
            unit="s",
            width=8,
            colours=OF_JOB,
            least=0,
        ),
        chart(
            "Groups in the pushgateway",
            "One for each execution environment and one of the monitor, which deletes those that were silent for 15 "
            "minutes.",
            Query("count by (job) (push_time_seconds)", "{{job}}"),
            Query(PUSHING_ENVIRONMENTS.name, "left by the monitor"),
            unit="short",
            width=8,
            colours={**OF_JOB, "^left by the monitor$": GREY},
            dashed="^left by the monitor$",
            least=0,
        ),
        chart(
            "Groups whose last push was refused",
            "The pushgateway refuses what is not consistent. Anything but 0 is a bug.",
            Query("count(push_failure_time_seconds > push_time_seconds) or vector(0)", "groups"),
            unit="short",
            width=8,
            colours={"^groups$": VERMILION},
            least=0,
        ),
        chart(
            "Run time of the monitor",
            "It should not grow with traffic.",
            Query(MONITOR_SECONDS.name, "run"),
            unit="s",
            width=8,
            colours={"^run$": BLUE},
            least=0,
        ),
        chart(
            "Series in Prometheus",
            "Each execution environment adds some. What is gone leaves after two hours.",
            Query("prometheus_tsdb_head_series", "series"),
            unit="short",
            colours={"^series$": BLUE},
            least=0,
        ),
        chart(
            "Failed evaluations of rules",
            "Per minute. Anything but 0 is an alert that cannot fire.",
            Query("60 * sum(rate(prometheus_rule_evaluation_failures_total[$__rate_interval]))", "evaluations"),
            unit="cpm",
            colours={"^evaluations$": VERMILION},
            least=0,
        ),
    ]


def _machine() -> list[Panel]:
    return [
        _share_of_machine(
            "Processors in use",
            "All of them together. At 100 %, everything waits.",
            '1 - avg(rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))',
            "processors",
            BLUE,
        ),
        _share_of_machine(
            "Memory in use",
            "At 100 %, the system ends a process.",
            "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
            "memory",
            PURPLE,
        ),
        _share_of_machine(
            "Fullest disk",
            "When it is full, the emulator refuses writes, and Prometheus and the pushgateway keep nothing.",
            f"max(1 - node_filesystem_avail_bytes{_DISKS} / node_filesystem_size_bytes{_DISKS})",
            "disk",
            GREEN,
        ),
    ]


def _share_of_machine(title: str, description: str, expression: str, legend: str, colour: str) -> Panel:
    return chart(
        title,
        description,
        Query(expression, legend),
        unit="percentunit",
        width=8,
        colours={f"^{legend}$": colour},
        lines=[(0.9, WARNING)],
        least=0,
    )


def _age(metric: Metric) -> str:
    """Return the expression of how long ago the time is that a metric names."""
    return f"time() - {metric.name}"
