"""The figures follow from what the monitor said last, and from nothing else."""

from __future__ import annotations

from datetime import timedelta

from frontend.quality import figures
from frontend.quality.figures import Coverage, Quality, Verdict
from monitoring.monitor.figures import SOURCES
from sentiment.evaluation.live_quality import Cells, Proportion
from sentiment.schemas import metrics
from tests.unit.frontend.quality.samples import NOW, Told, snapshot

OF_7 = {"model_version": "7"}
PRODUCTION: list[Told] = [
    (metrics.MODEL_INFO, 1, {**OF_7, "run_id": "run-7"}),
    (metrics.MODEL_PROMOTED, (NOW - timedelta(days=2)).timestamp(), {}),
]


def bounded(metric: metrics.WithBounds, values: tuple[float, ...], labels: dict[str, str]) -> list[Told]:
    return [(one, value, labels) for one, value in zip(metric, values, strict=True)]


def test_the_sources_are_those_of_the_monitor() -> None:
    assert set(figures.SOURCES) == set(SOURCES)


def test_the_verdict_is_that_on_the_version_in_production() -> None:
    found = figures.production(
        snapshot(
            [
                *PRODUCTION,
                (metrics.AUDITED_LABELS, 140, OF_7),
                (metrics.AUDITED_LABELS, 999, {"model_version": "6"}),
                *bounded(metrics.AUDITED_ACCURACY, (0.9, 0.8, 0.95), OF_7),
                (metrics.ACCURACY_LIMIT, 0.87, OF_7),
                (metrics.QUALITY_FELL, 1, OF_7),
            ]
        )
    )
    assert found is not None
    assert (found.version, found.promoted_at) == ("7", NOW - timedelta(days=2))
    assert found.verdict == Verdict(140, Proportion(0.9, 0.8, 0.95), 0.87, fell=True)


def test_without_a_production_version_there_is_none() -> None:
    assert figures.production(snapshot([])) is None
    found = figures.production(snapshot(PRODUCTION))
    assert found is not None
    assert found.verdict == Verdict(0, None, None, None)


def test_quality_is_that_of_each_window() -> None:
    labels = {"window": "24h", "source": "audit", **OF_7}
    told = [
        (metrics.LABELS, 120, labels),
        (metrics.LABELS, 7, {**labels, "source": "voluntary"}),
        (metrics.ENOUGH_LABELS, 1, labels),
        *bounded(metrics.ACCURACY, (0.9, 0.83, 0.94), labels),
        *bounded(metrics.F1, (0.92, 0.85, 0.95), labels),
    ]
    hour, day, week = figures.quality(snapshot(told), "7", "audit")
    assert day == Quality("24h", 120, True, Proportion(0.9, 0.83, 0.94), Proportion(0.92, 0.85, 0.95))  # noqa: FBT003
    assert hour == Quality("1h", 0, enough=False, accuracy=None, f1=None)
    assert week == hour._replace(window="7d")


def test_coverage_has_the_sources_that_are_known() -> None:
    told: list[Told] = [
        (metrics.COVERAGE, 0.02, {"window": "1h", "source": "audit"}),
        (metrics.COVERAGE, 0.5, {"window": "7d", "source": "voluntary"}),
        (metrics.AUDIT_NONRESPONSE, 0.25, {"window": "1h"}),
    ]
    assert figures.coverage(snapshot(told), "1h") == Coverage({"audit": 0.02}, 0.25)
    assert figures.coverage(snapshot(told), "24h") == Coverage({}, None)


def test_a_confusion_matrix_is_that_of_version_window_and_source() -> None:
    labels = {"window": "24h", "source": "audit", **OF_7}
    told: list[Told] = [
        (metrics.CONFUSION, count, {**labels, "cell": cell}) for cell, count in Cells(8, 2, 5, 1)._asdict().items()
    ]
    told += [(metrics.CONFUSION, 99, {**labels, "cell": "tp", "window": "1h"})]
    assert figures.confusion(snapshot(told), "7", "24h", "audit") == Cells(8, 2, 5, 1)
    assert figures.confusion(snapshot(told), "7", "24h", "voluntary") == Cells()


def test_the_version_in_production_is_offered_first() -> None:
    told: list[Told] = [
        (metrics.CONFUSION, 1, {"cell": "tp", "window": "24h", "source": "audit", "model_version": version})
        for version in ("2", "10", "7", "9")
    ]
    assert figures.versions(snapshot([*PRODUCTION, *told])) == ["7", "10", "9", "2"]


def test_age_is_counted_by_the_clock_of_prometheus() -> None:
    told: list[Told] = [(metrics.MONITOR_RUN, (NOW - timedelta(seconds=40)).timestamp(), {})]
    assert figures.age(snapshot(told)) == timedelta(seconds=40)
    assert figures.age(snapshot([(metrics.MONITOR_RUN, (NOW + timedelta(seconds=3)).timestamp(), {})])) == timedelta()
    assert figures.age(snapshot([])) is None
