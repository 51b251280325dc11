"""The dashboard of the model: how good is it right now, and does it still see what it was trained on?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.common import BigValueTextMode

from monitoring.grafana import layout
from monitoring.grafana.colours import (
    BAD,
    BLUE,
    GOOD,
    GREY,
    OF_FEATURE,
    OF_LABEL,
    OF_MEASURE,
    OF_SOURCE,
    OF_TRUTH,
    OF_WINDOW,
    ORANGE,
    WARNING,
)
from monitoring.grafana.layout import Section
from monitoring.grafana.panels import BOUNDS, Query, chart, number, states, with_interval
from monitoring.prometheus.windows import REAL
from sentiment.evaluation.drift import DRIFTED, DRIFTING, ENOUGH_PREDICTIONS
from sentiment.evaluation.live_quality import ENOUGH_LABELS as ENOUGH
from sentiment.evaluation.quality_fall import ALPHA
from sentiment.schemas.metrics import (
    ACCURACY,
    ACCURACY_LIMIT,
    AUDIT_NONRESPONSE,
    AUDITED_ACCURACY,
    AUDITED_LABELS,
    CONFUSION,
    COVERAGE,
    DRIFT_PREDICTIONS,
    DRIFT_PSI,
    ENOUGH_LABELS,
    ESTIMATE_PARTED,
    ESTIMATED_ACCURACY,
    ESTIMATED_F1,
    F1,
    FEEDBACK,
    LABELS,
    LAST_FEEDBACK,
    MODEL_INFO,
    MONITOR_RUN,
    POSITIVE_SHARE,
    POSITIVE_SHARE_EXPECTED,
    POSITIVE_SHARE_MOVED,
    PRECISION,
    PREDICTIONS,
    QUALITY_EVIDENCE,
    QUALITY_FELL,
    RECALL,
    WINDOWS,
)

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard

    from monitoring.grafana.panels import Panel

_WINDOW = 'window="$window"'
_VERSION = 'model_version=~"$version"'
_CHOSEN = f'{_WINDOW}, source=~"$source", {_VERSION}'
_AUDITED = f'{_WINDOW}, source="audit", {_VERSION}'
_IN_PRODUCTION = f"and on (model_version) {MODEL_INFO.name}"
_CELLS = {
    "tp": "predicted positive, right",
    "fp": "predicted positive, wrong",
    "tn": "predicted negative, right",
    "fn": "predicted negative, wrong",
}
_BIASED = "Thumbs are a biased sample, which anybody can move: only the audit draw, in blue, is a fair one."


def dashboard() -> Dashboard:
    """Return the dashboard."""
    return layout.page(
        uid="sentiment-model",
        title="Model quality and drift",
        description="How good is the model right now, and does it still see what it was trained on?",
        hours=24,
        variables=[
            layout.one_of("window", "Window", list(WINDOWS), "24h"),
            layout.any_of("source", "Source of labels", LABELS, "source"),
            layout.any_of("version", "Version", LABELS, "model_version"),
        ],
        sections=[
            Section("How good is the model now?", _verdict()),
            Section("Quality", _quality()),
            Section("Labels", _labels()),
            Section("What is known before the labels", _estimate()),
            Section("Drift", _drift()),
            Section("Versions", _versions()),
        ],
    )


def _verdict() -> list[Panel]:
    return [
        layout.firing(),
        number(
            "Has quality fallen?",
            "It has when the evidence of reviewers' labels reaches 20. Then a retraining is started. Of versions that "
            "hold their quality, one in twenty at most is ever accused, however long one looks.",
            Query(f"max({QUALITY_FELL.name}) + 2 * (max({AUDITED_LABELS.name}) < bool {ENOUGH})", "quality"),
            unit="none",
            words={
                0: ("no", GOOD),
                1: ("it fell", BAD),
                2: ("not enough labels", GREY),
                3: ("it fell", BAD),
            },
        ),
        number(
            "Audited accuracy since promotion",
            "On reviewers' labels of the random audit draw, with its 95 % confidence sequence, and the limit below "
            "which quality has fallen.",
            Query(AUDITED_ACCURACY.lower.name, "at least"),
            Query(AUDITED_ACCURACY.value.name, "accuracy"),
            Query(AUDITED_ACCURACY.upper.name, "at most"),
            Query(ACCURACY_LIMIT.name, "limit"),
            unit="percentunit",
            width=9,
            decimals=1,
            empty="no labels yet",
        ),
        number(
            "Audited labels",
            f"Behind the audited accuracy. Below {ENOUGH} it says little.",
            Query(AUDITED_LABELS.name, "labels"),
            unit="short",
            width=3,
            steps=[(0, WARNING), (ENOUGH, GOOD)],
        ),
        number(
            "Version in production",
            "What the API answers with.",
            Query(MODEL_INFO.name, "version {{model_version}}"),
            unit="none",
            names=BigValueTextMode.NAME,
        ),
        number(
            "F1 of audited labels, $window",
            "Of the version in production, with its 95 % interval.",
            *_f1_now("audit"),
            unit="percentunit",
            width=6,
            decimals=1,
            empty="no labels yet",
        ),
        number(
            "F1 of voluntary thumbs, $window (biased)",
            f"Of the version in production, with its 95 % interval. {_BIASED}",
            *_f1_now("voluntary"),
            unit="percentunit",
            width=6,
            decimals=1,
            empty="no thumbs yet",
        ),
        number(
            "Does the estimate agree?",
            "Whether the accuracy that the probabilities promise lies in the confidence sequence of what reviewers "
            "found. If not, the probabilities are wrong: retrain.",
            Query(f"max({ESTIMATE_PARTED.name})", "estimate"),
            unit="none",
            words={0: ("yes", GOOD), 1: ("no", BAD)},
            empty="too few predictions",
        ),
        number(
            "Age of the newest feedback",
            "To the hour. Without feedback, quality says what it was, not what it is.",
            Query(f"time() - {LAST_FEEDBACK.name}", "age"),
            unit="s",
            empty="no feedback yet",
        ),
        number(
            "Age of these numbers",
            "The monitor computes them every minute. When it stands still, they do, too.",
            Query(f"time() - {MONITOR_RUN.name}", "age"),
            unit="s",
            steps=[(0, GOOD), (120, WARNING), (REAL.monitor_s, BAD)],
        ),
    ]


def _f1_now(source: str) -> list[Query]:
    matchers = f'{_WINDOW}, source="{source}"'
    return [
        Query(f"{metric.name}{{{matchers}}} {_IN_PRODUCTION}", legend)
        for metric, legend in ((F1.lower, "at least"), (F1.value, "F1"), (F1.upper, "at most"))
    ]


def _quality() -> list[Panel]:
    return [
        chart(
            "Audited accuracy since promotion, and its confidence sequence",
            "The area narrows with each label; each promotion starts it again. It is about all labels since then: a "
            "fall that comes late shows in the evidence first.",
            Query(f"max({AUDITED_ACCURACY.value.name})", "audited"),
            Query(f"max({AUDITED_ACCURACY.lower.name})", "audited, lower bound"),
            Query(f"max({AUDITED_ACCURACY.upper.name})", "audited, upper bound"),
            Query(f"max({ACCURACY_LIMIT.name})", "limit"),
            unit="percentunit",
            width=24,
            height=9,
            colours=OF_TRUTH,
            dashed=BOUNDS,
            band="audited",
        ),
        chart(
            "Evidence that quality fell",
            "That accuracy fell below the limit on some day since promotion. At 20 the alert fires; while quality "
            "holds, it stays near 1 or below.",
            Query(f"max({QUALITY_EVIDENCE.name})", "evidence"),
            unit="short",
            width=24,
            colours={"evidence": ORANGE},
            lines=[(1 / ALPHA, BAD)],
            least=0,
        ),
        chart(
            "F1 by source and version, $window",
            f"Dashed: the ends of the 95 % intervals. {_BIASED}",
            *with_interval(F1, _CHOSEN, "{{source}}, version {{model_version}}"),
            unit="percentunit",
            colours=OF_SOURCE,
            dashed=BOUNDS,
        ),
        chart(
            "Accuracy by source and version, $window",
            f"Dashed: the ends of the 95 % intervals. {_BIASED}",
            *with_interval(ACCURACY, _CHOSEN, "{{source}}, version {{model_version}}"),
            unit="percentunit",
            colours=OF_SOURCE,
            dashed=BOUNDS,
        ),
        chart(
            "F1 of audited labels, by window",
            "Short windows move first and are the least sure. Dashed: the ends of the 95 % intervals.",
            *with_interval(F1, f'source="audit", {_VERSION}', "{{window}}, version {{model_version}}"),
            unit="percentunit",
            colours=OF_WINDOW,
            dashed=BOUNDS,
        ),
        chart(
            "Precision and recall of audited labels, $window",
            "Low precision: negative reviews are called positive. Low recall: positive ones are missed. Dashed: the "
            "ends of the 95 % intervals.",
            *with_interval(PRECISION, _AUDITED, "precision, version {{model_version}}"),
            *with_interval(RECALL, _AUDITED, "recall, version {{model_version}}"),
            unit="percentunit",
            colours=OF_MEASURE,
            dashed=BOUNDS,
        ),
    ]


def _labels() -> list[Panel]:
    return [
        number(
            "Confusion matrix of audited labels, $window",
            "Of the version in production: how many labels confirm or refute what it predicted.",
            *(
                Query(f'{CONFUSION.name}{{cell="{cell}", {_WINDOW}, source="audit"}} {_IN_PRODUCTION}', legend)
                for cell, legend in _CELLS.items()
            ),
            unit="short",
            width=24,
            empty="no labels yet",
        ),
        chart(
            "Labels behind the quality, $window",
            f"Below the line, at {ENOUGH}, quality is known to no better than 6 points.",
            Query(f"{LABELS.name}{{{_CHOSEN}}}", "{{source}}, version {{model_version}}"),
            unit="short",
            colours=OF_SOURCE,
            lines=[(ENOUGH, WARNING)],
            least=0,
        ),
        states(
            "Enough labels? $window",
            "Where it says no, the quality beside it is a guess.",
            Query(f"{ENOUGH_LABELS.name}{{{_CHOSEN}}}", "{{source}}, version {{model_version}}"),
            words={0: ("not enough", WARNING), 1: ("enough", GOOD)},
            height=8,
        ),
        chart(
            "Labels for each prediction, $window",
            "If it falls, people or reviewers no longer answer.",
            Query(f'{COVERAGE.name}{{{_WINDOW}, source=~"$source"}}', "{{source}}"),
            unit="percentunit",
            width=8,
            colours=OF_SOURCE,
            least=0,
        ),
        chart(
            "Audited predictions without a label, $window",
            "Of those that were drawn. Many make the audit a sample of what was easy to label, unless one API key "
            "floods the loop: what it has drawn beyond its share is not shown to reviewers.",
            Query(f"{AUDIT_NONRESPONSE.name}{{{_WINDOW}}}", "without a label"),
            unit="percentunit",
            width=8,
            colours={"^without a label$": BLUE},
            least=0,
        ),
        chart(
            "Verdicts, by source",
            "Per minute, and exact. Dashed: thumbs down.",
            Query(
                f'60 * sum by (verdict, source) (rate({FEEDBACK.name}{{source=~"$source"}}[$__rate_interval]))',
                "{{verdict}}, {{source}}",
            ),
            unit="cpm",
            width=8,
            colours=OF_SOURCE,
            dashed="^down,",
            least=0,
        ),
    ]


def _estimate() -> list[Panel]:
    assumes = "It assumes calibrated probabilities, and is wrong when what words mean has changed."
    return [
        chart(
            "Estimated and audited accuracy, $window",
            f"What the probabilities promise, before any label, beside what reviewers found. {assumes}",
            Query(f"{ESTIMATED_ACCURACY.name}{{{_WINDOW}, {_VERSION}}}", "estimate, version {{model_version}}"),
            *with_interval(ACCURACY, _AUDITED, "audited, version {{model_version}}"),
            unit="percentunit",
            colours=OF_TRUTH,
            dashed=BOUNDS,
        ),
        chart(
            "Estimated and audited F1, $window",
            f"What the probabilities promise, before any label, beside what reviewers found. {assumes}",
            Query(f"{ESTIMATED_F1.name}{{{_WINDOW}, {_VERSION}}}", "estimate, version {{model_version}}"),
            *with_interval(F1, _AUDITED, "audited, version {{model_version}}"),
            unit="percentunit",
            colours=OF_TRUTH,
            dashed=BOUNDS,
        ),
    ]


def _drift() -> list[Panel]:
    return [
        chart(
            "Population stability index, by feature",
            f"The last day's predictions against the reviews that the version was trained on. From {DRIFTING} on look "
            f"at what changed, from {DRIFTED} on a retraining is started.",
            Query(f"max by (feature) ({DRIFT_PSI.name})", "{{feature}}"),
            unit="none",
            colours=OF_FEATURE,
            lines=[(DRIFTING, WARNING), (DRIFTED, BAD)],
            least=0,
        ),
        chart(
            "Share of positives in the last day",
            "Predicted, and expected from the reviews that the version was trained on.",
            Query(f"max({POSITIVE_SHARE.name})", "predicted"),
            Query(f"max({POSITIVE_SHARE_EXPECTED.name})", "expected"),
            unit="percentunit",
            colours={"^predicted$": BLUE, "^expected$": ORANGE},
            dashed="^expected$",
        ),
        states(
            "Has the share of positives moved?",
            "It has from 5 points on, if not by chance (p < 0.01).",
            Query(f"max({POSITIVE_SHARE_MOVED.name})", "share of positives"),
            words={0: ("no", GOOD), 1: ("it moved", BAD)},
            width=8,
            height=8,
        ),
        chart(
            "Predictions behind the drift",
            f"Of the last day. Below the line, at {ENOUGH_PREDICTIONS}, chance looks like drift, and none is computed.",
            Query(f"max({DRIFT_PREDICTIONS.name})", "predictions"),
            unit="short",
            width=8,
            colours={"^predictions$": BLUE},
            lines=[(ENOUGH_PREDICTIONS, WARNING)],
            least=0,
        ),
        chart(
            "Predictions, by label",
            "Per minute, and exact.",
            Query(f"60 * sum by (label) (rate({PREDICTIONS.name}{{{_VERSION}}}[$__rate_interval]))", "{{label}}"),
            unit="cpm",
            width=8,
            colours=OF_LABEL,
            stacked=True,
            least=0,
        ),
    ]


def _versions() -> list[Panel]:
    return [
        states(
            "Which version answered when?",
            "The marks on the time axis of every chart are its promotions.",
            Query(f"max by (model_version) ({MODEL_INFO.name})", "version {{model_version}}"),
            words={1: ("in production", BLUE)},
            width=24,
        ),
    ]
