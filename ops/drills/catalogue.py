"""Every alert's drill, or why it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.errors import LocalError
from ops.drills.drill import SEEN_WITHIN_S, Drill
from ops.drills.lake import FailedBatch
from ops.drills.model import RemovedAlias, WrongLabels
from ops.drills.service import NOWHERE, RefusedPush, SilentFunctions, StoppedPushgateway, WrongVariable

if TYPE_CHECKING:
    from monitoring.prometheus.windows import Windows

_PUSHED_S = 45
"""An environment's second push, of which Prometheus sees an increase, and two scrapes."""
_DIFFERENT_PREDICTIONS = "It covers a day of predictions: what was planted would stay in it until tomorrow."


def _until_the_window_has_none(windows: Windows) -> int:
    short_s = max(burn.short_s for burn in windows.burns if burn.severity == "page")
    return short_s + 2 * windows.step_s + _PUSHED_S


DRILLS: dict[str, Drill] = {
    drill.alert: drill
    for drill in (
        WrongLabels(
            alert="QualityFell",
            plants="a reviewer labels audited predictions wrongly, 15 of 500 at a time",
            mends="let the alert start a retraining, correct the labels, roll back what the retraining promotes",
            stays="predictions, their labels, which are right in the end, and a retraining in the audit log",
            shows_s=lambda _windows: 300,
        ),
        WrongVariable(
            alert="ErrorRatio",
            plants="the inference function stores predictions in a table that does not exist: each fails with 503",
            mends="give it the right table",
            stays=(
                "predictions, and what the failed ones cost of the error budget: by its real windows the alert goes on "
                "for half an hour, as a ticket for six"
            ),
            shows_s=lambda windows: _PUSHED_S + 2 * windows.step_s,
            fades_s=_until_the_window_has_none,
            functions=("InferenceFunction",),
            variable="PREDICTIONS_TABLE",
            wrong="drill-no-such-table",
            asks=True,
        ),
        StoppedPushgateway(
            alert="PushgatewaySilent",
            plants="the pushgateway is stopped",
            mends="start it",
            stays="a gap in the metrics",
            shows_s=lambda _windows: 15,
            fades_s=lambda _windows: 15,
        ),
        WrongVariable(
            alert="MonitorSilent",
            plants="the monitor pushes to an address where nobody listens",
            mends="give it the right address",
            stays="a gap in the metrics",
            shows_s=lambda windows: windows.monitor_s + SEEN_WITHIN_S,
            functions=("MonitorFunction",),
            variable="PUSHGATEWAY_URL",
            wrong=NOWHERE,
        ),
        WrongVariable(
            alert="MonitorProblem",
            plants="the monitor asks for the alias where nobody listens; MLflow itself goes on",
            mends="give it MLflow's address",
            functions=("MonitorFunction",),
            variable="MLFLOW_TRACKING_URI",
            wrong=NOWHERE,
        ),
        RefusedPush(
            alert="PushFailures",
            plants="a function named drill pushes what the pushgateway refuses",
            mends="delete what it pushed",
        ),
        SilentFunctions(
            alert="FunctionsSilent",
            plants="all functions push to an address where nobody listens, and predictions are asked for",
            mends="give them the right address",
            stays="predictions, and a gap in the operational metrics",
            shows_s=lambda _windows: 2 * SEEN_WITHIN_S,  # a run of the monitor knows what the run before left
            fades_s=lambda _windows: 2 * SEEN_WITHIN_S + _PUSHED_S,
            functions=(
                *("InferenceFunction", "FeedbackFunction", "ArchiveFunction"),
                *("AlertsFunction", "RetrainFunction"),
            ),
            variable="PUSHGATEWAY_URL",
            wrong=NOWHERE,
            asks=True,
        ),
        RemovedAlias(
            alert="AliasDisagrees",
            plants="MLflow's alias is deleted",
            mends="python -m training ensure",
        ),
        FailedBatch(
            alert="ArchiveFailures",
            plants="a message is in the archive's failure queue, though no batch failed",
            mends="make reconcile, for today; take the message out of the queue",
        ),
    )
}

WITHOUT: dict[str, str] = {
    "Drift": _DIFFERENT_PREDICTIONS,
    "DriftWarning": _DIFFERENT_PREDICTIONS,
    "PositiveShareMoved": _DIFFERENT_PREDICTIONS,
    "EstimateParted": "The wrong labels that QualityFell plants cause it, too; by themselves, nothing does.",
    "Latency": "Only a slow server before DynamoDB makes predictions slow, and a killed drill would leave none at all.",
    "NoTraffic": "It compares with yesterday and a week ago, and clients would have to stop for an hour.",
    "RetrainingFailed": "A failure that never happened has no place in the audit log, and nobody could take it out.",
    "RetrainingOverdue": "It takes eight days without a retraining.",
}


def find(alert: str) -> Drill:
    """Return the drill of an alert.

    Raises:
        LocalError: It has none, or there is no such alert.
    """
    if alert in DRILLS:
        return DRILLS[alert]
    why = f"{alert} has no drill. {WITHOUT[alert]}" if alert in WITHOUT else f"There is no alert {alert}."
    raise LocalError(why, remedy=f"make drill with ALERT= and one of {', '.join(DRILLS)}")
