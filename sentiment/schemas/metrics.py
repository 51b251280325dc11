"""The metrics of the loop: their names, kinds and labels. Code, alert rules and dashboards all use these.

Standard library only. *Exact* metrics have one writer, the monitor, and come from DynamoDB. *Operational* ones are what
each execution environment of a function knows, and pushes itself. docs/metrics.md is generated from this module.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]
Writer = Literal["monitor", "functions"]


class Metric(NamedTuple):
    """A metric.

    Attributes:
        name: Its name in Prometheus.
        kind: What Prometheus calls its type.
        help: What it says, in one sentence.
        labels: Names of its labels, without those that every group of the pushgateway has.
        writer: Who pushes it.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    writer: Writer = "monitor"


PREDICTIONS = Metric(
    "sentiment_predictions_total", "counter", "Predictions, by predicted label.", ("label", "model_version")
)
FEEDBACK = Metric(
    "sentiment_feedback_total",
    "counter",
    "Verdicts given; a changed one counts again.",
    ("verdict", "source", "model_version"),
)

_OF_WINDOW = ("window", "source", "model_version")
LABELS = Metric("sentiment_feedback_labels", "gauge", "Labels that the quality of a window rests on.", _OF_WINDOW)
ENOUGH_LABELS = Metric(
    "sentiment_model_enough_labels", "gauge", "1 if a window has enough labels for its quality to say much.", _OF_WINDOW
)


CONFUSION = Metric(
    "sentiment_model_confusion",
    "gauge",
    "Labels in a cell of the confusion matrix: predicted positive and right (tp) or wrong (fp), negative (tn, fn).",
    ("cell", *_OF_WINDOW),
)


class WithBounds(NamedTuple):
    """A proportion, and the lower and upper bound of its interval."""

    value: Metric
    lower: Metric
    upper: Metric


def _with_bounds(name: str, what: str, interval: str, labels: tuple[str, ...]) -> WithBounds:
    return WithBounds(
        Metric(name, "gauge", f"{what}.", labels),
        Metric(f"{name}_lower", "gauge", f"Lower bound of {interval} of {name}.", labels),
        Metric(f"{name}_upper", "gauge", f"Upper bound of {interval} of {name}.", labels),
    )


_WILSON = "Wilson's 95 % interval"
ACCURACY = _with_bounds("sentiment_model_accuracy", "Share of labels that confirm the prediction", _WILSON, _OF_WINDOW)
PRECISION = _with_bounds(
    "sentiment_model_precision", "Share of the positive predictions that are right", _WILSON, _OF_WINDOW
)
RECALL = _with_bounds("sentiment_model_recall", "Share of the positive reviews that are found", _WILSON, _OF_WINDOW)
F1 = _with_bounds("sentiment_model_f1", "F1 of the positive label", _WILSON, _OF_WINDOW)

_OF_VERSION = ("model_version",)
AUDITED_ACCURACY = _with_bounds(
    "sentiment_audited_accuracy",
    "Accuracy on reviewers' labels of the random audit draw, since promotion",
    "the 95 % confidence sequence, which holds however often one looks,",
    _OF_VERSION,
)
AUDITED_LABELS = Metric("sentiment_audited_labels", "gauge", "Labels behind sentiment_audited_accuracy.", _OF_VERSION)
ACCURACY_LIMIT = Metric(
    "sentiment_accuracy_limit", "gauge", "Accuracy at promotion less the margin, below which quality fell.", _OF_VERSION
)
QUALITY_EVIDENCE = Metric(
    "sentiment_quality_evidence",
    "gauge",
    "Evidence that quality fell on some day since promotion; while it holds, it ever reaches 20 in 5 % of versions.",
    _OF_VERSION,
)
QUALITY_FELL = Metric("sentiment_quality_fell", "gauge", "1 if sentiment_quality_evidence is 20 or more.", _OF_VERSION)

COVERAGE = Metric(
    "sentiment_label_coverage", "gauge", "Labels from a source for each prediction.", ("window", "source")
)
AUDIT_NONRESPONSE = Metric(
    "sentiment_audit_nonresponse", "gauge", "Share of the audited predictions without a reviewer's label.", ("window",)
)

DRIFT_PSI = Metric(
    "sentiment_drift_psi",
    "gauge",
    "Population stability index of the last day against the model's reference; absent with too few predictions.",
    ("feature", "model_version"),
)
DRIFT_PREDICTIONS = Metric(
    "sentiment_drift_predictions", "gauge", "Predictions of different texts behind sentiment_drift_psi.", _OF_VERSION
)
POSITIVE_SHARE = Metric(
    "sentiment_positive_share", "gauge", "Share of the last day's predictions that are positive.", _OF_VERSION
)
POSITIVE_SHARE_EXPECTED = Metric(
    "sentiment_positive_share_expected", "gauge", "Share that is positive in the model's reference.", _OF_VERSION
)
POSITIVE_SHARE_MOVED = Metric(
    "sentiment_positive_share_moved",
    "gauge",
    "1 if the share of positives moved by 5 points at least, and not by chance (p < 0.01).",
    _OF_VERSION,
)

ESTIMATED_ACCURACY = Metric(
    "sentiment_estimated_accuracy",
    "gauge",
    "What the probabilities say the accuracy is, before any label; wrong when what words mean has changed.",
    ("window", "model_version"),
)
ESTIMATED_F1 = Metric(
    "sentiment_estimated_f1",
    "gauge",
    "What the probabilities say F1 is, before any label; wrong when what words mean has changed.",
    ("window", "model_version"),
)
ESTIMATE_PARTED = Metric(
    "sentiment_estimate_parted",
    "gauge",
    "1 if the estimate lies outside the confidence sequence of the audited accuracy.",
    _OF_VERSION,
)

MODEL_INFO = Metric("sentiment_model_info", "gauge", "1 for the version in production.", ("model_version", "run_id"))
MODEL_TRAINED = Metric(
    "sentiment_model_trained_timestamp_seconds", "gauge", "When the version in production was trained."
)
MODEL_PROMOTED = Metric(
    "sentiment_model_promoted_timestamp_seconds", "gauge", "When the version in production was promoted."
)
LAST_PREDICTION = Metric(
    "sentiment_last_prediction_timestamp_seconds", "gauge", "When the newest prediction was made, to the hour."
)
LAST_FEEDBACK = Metric(
    "sentiment_last_feedback_timestamp_seconds", "gauge", "When the newest feedback was given, to the hour."
)
LAST_RETRAINING = Metric(
    "sentiment_last_retraining_timestamp_seconds", "gauge", "When the last retraining ended, whatever came of it."
)
RETRAINING_FAILED = Metric("sentiment_last_retraining_failed", "gauge", "1 if the last retraining failed.")
ALIAS_AGREES = Metric(
    "sentiment_alias_agrees",
    "gauge",
    "1 if MLflow's alias and the served pointer name the same version; absent if MLflow cannot be asked.",
)
ARCHIVE_FAILURES = Metric("sentiment_archive_failures", "gauge", "Messages in the archive function's failure queue.")

MONITOR_RUN = Metric("sentiment_monitor_run_timestamp_seconds", "gauge", "When the monitor's last run ended.")
MONITOR_SECONDS = Metric("sentiment_monitor_run_seconds", "gauge", "How long the monitor's last run took.")
MONITOR_PROBLEM = Metric(
    "sentiment_monitor_problem", "gauge", "1 if the monitor could not read a part in its last run, else 0.", ("part",)
)
PUSHING_ENVIRONMENTS = Metric(
    "sentiment_pushing_environments", "gauge", "Groups of execution environments that pushed in the last 15 minutes."
)

REQUESTS = Metric(
    "sentiment_requests_total", "counter", "Requests, by HTTP status.", ("function", "route", "code"), "functions"
)
REQUEST_SECONDS = Metric(
    "sentiment_request_seconds",
    "histogram",
    "Seconds from the function's call to its answer.",
    ("function", "route"),
    "functions",
)
COLD_STARTS = Metric(
    "sentiment_cold_starts_total", "counter", "1 for each execution environment.", ("function",), "functions"
)
PUSH_FAILURES = Metric(
    "sentiment_push_failures_total",
    "counter",
    "Pushes of this execution environment that failed before.",
    ("function",),
    "functions",
)
CPU_SECONDS = Metric(
    "process_cpu_seconds_total",
    "counter",
    "Total user and system CPU time spent in seconds.",  # these two as in every client library of Prometheus
    ("function",),
    "functions",
)
RESIDENT_BYTES = Metric(
    "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", ("function",), "functions"
)

JOB_MONITOR = "sentiment-monitor"
JOB_FUNCTIONS = "sentiment-functions"
"""Values of `job` in the pushgateway: one group of the monitor, and one for each execution environment."""
WINDOWS: dict[str, int] = {"1h": 1, "24h": 24, "7d": 168}
"""The windows of quality, in hours: the current hour, and as many before it."""
REQUEST_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of `sentiment_request_seconds`; `le` has them as `str` writes them, such as `1.0`."""
SLOW_S = 0.25
"""A prediction that takes longer counts as slow; one of `REQUEST_BUCKETS_S`, which alerts and dashboards ask for."""
PREDICT_ROUTE = "/predict"
"""Value of `route` for the predictions of one text."""
