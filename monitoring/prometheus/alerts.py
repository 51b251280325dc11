"""The alerts of the loop, in groups by what they watch.

Three things make an alert lie, and each rule below is written against them:

- *The pushgateway forgets nothing.* It repeats what a dead monitor said for ever, so what rests on the monitor also
  asks whether that runs: whether its timestamp changes, which holds whatever the clocks say.
- *A series that vanishes ends its alert.* A restart of the pushgateway takes all of them for a minute, so an alert on
  the model goes on for some time without its series.
- *An expression without a result is no alarm.* What should be there and is missing needs `absent()`, and what can only
  be compared with something before asks whether that was there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitoring.prometheus import objectives
from monitoring.prometheus.counting import went_up
from monitoring.prometheus.jobs import PUSHGATEWAY
from monitoring.prometheus.rule import Alert, Group
from monitoring.prometheus.windows import duration
from sentiment.evaluation.drift import DRIFTED, DRIFTING
from sentiment.schemas.metrics import (
    ALIAS_AGREES,
    ARCHIVE_FAILURES,
    DRIFT_PREDICTIONS,
    DRIFT_PSI,
    ESTIMATE_PARTED,
    JOB_FUNCTIONS,
    JOB_MONITOR,
    LAST_RETRAINING,
    MODEL_INFO,
    MONITOR_PROBLEM,
    MONITOR_RUN,
    POSITIVE_SHARE_MOVED,
    PREDICTIONS,
    PUSH_FAILURES,
    QUALITY_FELL,
    REQUESTS,
    RETRAINING_FAILED,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitoring.prometheus.windows import Windows

ENOUGH_TO_WARN = 500
"""Predictions with which chance alone does not reach the lower limit of drift either."""
MOST_PUSH_FAILURES = 3
"""Of an execution environment, on average, in the window."""
PREDICTING = "inference"
"""The function that predicts, as its metrics name it."""
FEWEST_PREDICTIONS = 30
"""After which execution environments must have pushed."""


def groups(windows: Windows) -> dict[str, list[Group]]:
    """Return the groups of rules by the name of their file, without its suffix."""

    def group(name: str, alerts: Iterator[Alert]) -> Group:
        return Group(name, windows.evaluation_s, list(alerts))

    return {
        "model": [group("model", _model(windows))],
        "service": [objectives.group(windows), group("traffic", _traffic(windows))],
        "loop": [group("monitoring", _monitoring(windows)), group("retraining", _retraining(windows))],
    }


def _model(windows: Windows) -> Iterator[Alert]:
    yield Alert(
        name="QualityFell",
        severity="page",
        needs="monitor",
        expression=_of_production(f"max by (model_version) ({QUALITY_FELL.name}) == 1", windows),
        summary="Version {{ $labels.model_version }} is worse than when it was promoted",
        description=(
            "Reviewers' labels of audited predictions prove that its accuracy has fallen below that at promotion less "
            "the margin. Of versions that hold their quality, one in twenty at most is ever accused. A retraining is "
            "started."
        ),
        keep_s=windows.keep_s,
        retrain=True,
    )
    yield Alert(
        name="Drift",
        severity="ticket",
        needs="monitor",
        expression=_of_production(f"max by (feature, model_version) ({DRIFT_PSI.name}) > {DRIFTED}", windows),
        summary="Reviews drifted: {{ $labels.feature }}",
        description=(
            "The population stability index of the last day against what version {{ $labels.model_version }} was "
            f"trained on is {{{{ $value | humanize }}}}, above {DRIFTED}. A retraining is started."
        ),
        for_s=windows.settle_s,
        keep_s=windows.keep_s,
        retrain=True,
    )
    yield Alert(
        name="DriftWarning",
        severity="ticket",
        needs="monitor",
        expression=_of_production(
            f"(max by (feature, model_version) ({DRIFT_PSI.name}) > {DRIFTING}) "
            f"and on (model_version) max by (model_version) ({DRIFT_PREDICTIONS.name}) >= {ENOUGH_TO_WARN}",
            windows,
        ),
        summary="Reviews are drifting: {{ $labels.feature }}",
        description=(
            "The population stability index of the last day against what version {{ $labels.model_version }} was "
            f"trained on is {{{{ $value | humanize }}}}, above {DRIFTING}."
        ),
        for_s=windows.settle_s,
        keep_s=windows.keep_s,
    )
    yield Alert(
        name="PositiveShareMoved",
        severity="ticket",
        needs="monitor",
        expression=_of_production(f"max by (model_version) ({POSITIVE_SHARE_MOVED.name}) == 1", windows),
        summary="Another share of predictions is positive",
        description=(
            "The share of the last day's predictions that are positive is 5 points or more from that of the reviews "
            "that version {{ $labels.model_version }} was trained on, and not by chance."
        ),
        for_s=windows.drifted_s,
        keep_s=windows.keep_s,
    )
    yield Alert(
        name="EstimateParted",
        severity="ticket",
        needs="monitor",
        expression=_of_production(f"max by (model_version) ({ESTIMATE_PARTED.name}) == 1", windows),
        summary="The estimated accuracy is not the audited one",
        description=(
            "What the probabilities of version {{ $labels.model_version }} say of its accuracy lies outside the "
            "confidence sequence of what reviewers found: the probabilities are wrong."
        ),
        for_s=windows.settle_s,
        keep_s=windows.keep_s,
    )


def _traffic(windows: Windows) -> Iterator[Alert]:
    quiet = windows.quiet_s
    usual = "\n".join(f"and {_predictions(quiet, ago)} >= {windows.least_usual}" for ago in windows.usual_s)
    times = " and ".join(duration(ago) for ago in windows.usual_s)
    requests = went_up(f'{REQUESTS.name}{{function="{PREDICTING}"}}', window=duration(quiet), by="function")
    yield Alert(
        name="NoTraffic",
        severity="page",
        needs="monitor",
        # Where predictions are made and not counted, the archive function stands still: ArchiveFailures says so.
        expression=f"{_predictions(quiet)} == 0\n{usual}\nunless on () {requests} > 0\n{_monitored(windows)}",
        summary="Nobody asks for predictions",
        description=(
            f"There was no prediction in the last {duration(quiet)}; {times} before there were "
            f"{windows.least_usual} or more each time."
        ),
    )


def _monitoring(windows: Windows) -> Iterator[Alert]:
    yield Alert(
        name="PushgatewaySilent",
        severity="page",
        needs="prometheus",
        # Without labels in both cases: a change of labels would start another alert.
        expression=f'max(up{{job="{PUSHGATEWAY}"}}) == 0\nor\nabsent(max(up{{job="{PUSHGATEWAY}"}}))',
        summary="The pushgateway does not answer",
        description="Prometheus gets no metrics, so no other alert on the loop can fire.",
        for_s=windows.gateway_s,
    )
    yield Alert(
        name="MonitorSilent",
        severity="page",
        needs="pushgateway",
        expression=(
            f"max(changes({MONITOR_RUN.name}[{duration(windows.monitor_s)}])) == 0\nor\nabsent(max({MONITOR_RUN.name}))"
        ),
        summary="The monitor does not run",
        description="What is known of the model and of the traffic is old: no alert on them can fire.",
        for_s=windows.monitor_s,
    )
    yield Alert(
        name="MonitorProblem",
        severity="ticket",
        needs="monitor",
        expression=f"max by (part) ({MONITOR_PROBLEM.name}) == 1\n{_monitored(windows)}",
        summary="The monitor cannot read {{ $labels.part }}",
        description="The metrics that rest on it are missing, and alerts on them cannot fire.",
        for_s=windows.settle_s,
    )
    pushes = duration(windows.pushes_s)
    environments = f"count by (job, function) (max_over_time({PUSH_FAILURES.name}[{pushes}]))"
    yield Alert(
        name="PushFailures",
        severity="ticket",
        needs="pushgateway",
        expression=(
            f"{went_up(PUSH_FAILURES.name, window=pushes, by='job, function')}\n/\n{environments} "
            f"> {MOST_PUSH_FAILURES}\n"
            "or\n"
            "max by (job, function) (\n"
            f'  push_failure_time_seconds{{job=~"{JOB_MONITOR}|{JOB_FUNCTIONS}"}} > push_time_seconds\n'
            ")"
        ),
        summary="Metrics of {{ $labels.function }} ({{ $labels.job }}) do not reach the pushgateway",
        description=(
            f"In the last {pushes} its execution environments failed to push more than {MOST_PUSH_FAILURES} times "
            "each, or the pushgateway refused what came last."
        ),
        for_s=windows.gateway_s,
    )
    pushed_at = f'push_time_seconds{{job="{JOB_FUNCTIONS}",function="{PREDICTING}"}}'
    yield Alert(
        name="FunctionsSilent",
        severity="ticket",
        needs="monitor",
        expression=(
            f"absent({pushed_at} > time() - {windows.pushes_s})\n"
            f"and {_predictions(windows.pushes_s)} >= {FEWEST_PREDICTIONS}\n{_monitored(windows)}"
        ),
        summary="The inference function pushes no metrics",
        description=(
            f"There are predictions, and none of its execution environments has pushed for {pushes}: no alert on "
            "failed or slow requests can fire."
        ),
        for_s=windows.settle_s,
    )


def _retraining(windows: Windows) -> Iterator[Alert]:
    yield Alert(
        name="RetrainingFailed",
        severity="ticket",
        needs="monitor",
        expression=f"max({RETRAINING_FAILED.name}) == 1\n{_monitored(windows)}",
        summary="The last retraining failed",
        description="The version in production stays. A step that Airflow tries again may still succeed.",
        for_s=windows.settle_s,
        keep_s=windows.keep_s,
    )
    if windows.overdue_s:
        yield Alert(
            name="RetrainingOverdue",
            severity="ticket",
            needs="monitor",
            expression=f"time() - max({LAST_RETRAINING.name}) > {windows.overdue_s}\n{_monitored(windows)}",
            summary="The last retraining was {{ $value | humanizeDuration }} ago",
            description=f"One should end every {duration(windows.overdue_s)}, whatever comes of it.",
            for_s=windows.settle_s,
            keep_s=windows.keep_s,
        )
    yield Alert(
        name="AliasDisagrees",
        severity="ticket",
        needs="monitor",
        expression=f"max({ALIAS_AGREES.name}) == 0\n{_monitored(windows)}",
        summary="MLflow's alias names another version than the pointer",
        description="The API serves the version of the pointer; a retraining takes hyperparameters from the alias.",
        for_s=windows.settle_s,
        keep_s=windows.keep_s,
    )
    yield Alert(
        name="ArchiveFailures",
        severity="ticket",
        needs="monitor",
        expression=f"max({ARCHIVE_FAILURES.name}) > 0\n{_monitored(windows)}",
        summary="Events are missing from the lake",
        description=(
            "{{ $value }} batches of predictions or feedback could not be archived: they are in no training, and in "
            "no count of predictions."
        ),
        for_s=windows.gateway_s,
        keep_s=windows.keep_s,
    )


def _of_production(condition: str, windows: Windows) -> str:
    """Return a condition on the version in production, while the monitor runs."""
    return f"{condition}\nand on (model_version) {MODEL_INFO.name}\n{_monitored(windows)}"


def _monitored(windows: Windows) -> str:
    """Return the end of an expression that holds only while the monitor runs."""
    return f"and on () changes({MONITOR_RUN.name}[{duration(windows.monitor_s)}]) > 0"


def _predictions(window_s: int, ago_s: int = 0) -> str:
    """Return the expression of how many predictions there were in a window: exact, for the totals have one writer."""
    end = f"sum({PREDICTIONS.name} offset {duration(ago_s)})" if ago_s else f"sum({PREDICTIONS.name})"
    return f"({end} - sum({PREDICTIONS.name} offset {duration(ago_s + window_s)}))"
