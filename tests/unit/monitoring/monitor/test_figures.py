"""What the monitor says follows from the counts, and it says nothing that they do not carry."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.shared.monitoring_table import PROBABILITY_UNIT
from monitoring.monitor.counts import HourOfVersion, Totals
from monitoring.monitor.figures import Known, Sample, samples
from monitoring.monitor.production import InProduction
from monitoring.monitor.quality_days import Bucket
from monitoring.monitor.retrainings import Retraining
from sentiment.evaluation.live_quality import Cells
from sentiment.model.reference import FEATURES, Reference
from sentiment.schemas import metrics
from sentiment.schemas.metrics import WINDOWS, Metric, WithBounds
from sentiment.schemas.pointer import DataWindow, Pointer

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
PROMOTED = NOW - timedelta(days=20)
TENTHS = {"edges": [number / 10 for number in range(1, 10)], "shares": [0.1] * 10}
PRODUCTION = InProduction(
    pointer=Pointer(
        model_version="7",
        run_id="run-7",
        artifact_uri="s3://artifacts/model",
        sha256="0" * 64,
        trained_at=PROMOTED,
        promoted_at=PROMOTED,
        metrics={"accuracy": 0.9},
        data_window=DataWindow(start=None, end=None, replayed=False),
    ),
    reference=Reference(dict.fromkeys(FEATURES, TENTHS)),
    positive_share=0.8,
    reviews=4000,
)


def hour(back: int) -> str:
    return f"{NOW - timedelta(hours=back):%Y-%m-%dT%H}"


def predictions(positive: int, negative: int, *, first_bin_only: bool = False) -> Counter[str]:
    """Counts of predictions of which each is 90 % sure, spread evenly over the bins."""
    made = positive + negative
    counts = Counter(
        positive=positive,
        negative=negative,
        positive_probability=9 * positive * PROBABILITY_UNIT // 10,
        negative_probability=negative * PROBABILITY_UNIT // 10,
        audited=made // 10,
    )
    for place in range(len(FEATURES)):
        bins = range(1 if first_bin_only else 10)
        counts.update({f"bin_{place}_{digit}": made // len(bins) for digit in bins})
    return counts


def known(*, audit: Cells = Cells(), **given: object) -> Known:  # noqa: B008 - immutable
    parts: dict[str, object] = {
        "now": NOW,
        "totals": Totals({"7": predictions(800, 200)}, {("7", "audit"): Counter(up=9, down=1)}),
        "hours": {HourOfVersion(hour(0), "7"): predictions(800, 200)},
        "quality": {Bucket(hour(0), "7", "audit"): audit},
        "production": PRODUCTION,
        "retraining": Retraining(NOW, failed=False),
        "alias": "7",
        "archive_failures": 0,
    }
    return Known(**{**parts, **given})  # type: ignore[arg-type]


def values(found: Iterable[Sample], metric: Metric) -> dict[tuple[str, ...], float]:
    return {sample.labels: sample.value for sample in found if sample.metric == metric}


def test_quality_is_that_of_each_window_source_and_version() -> None:
    quality = {
        Bucket(hour(1), "7", "audit"): Cells(8, 2, 5, 1),
        Bucket(hour(24), "7", "audit"): Cells(1, 1, 1, 1),
        Bucket(hour(25), "7", "audit"): Cells(100, 0, 0, 0),
        Bucket(hour(0), "6", "voluntary"): Cells(1, 0, 0, 0),
    }
    every = list(samples(known(quality=quality)))
    found, cells = values(every, metrics.F1.value), values(every, metrics.CONFUSION)
    assert [cells[cell, "24h", "audit", "7"] for cell in Cells._fields] == [9, 3, 6, 2]
    assert cells["tp", "1h", "voluntary", "6"] == 1
    assert found["1h", "audit", "7"] == pytest.approx(16 / 19)
    assert found["24h", "audit", "7"] == pytest.approx(18 / 23)
    assert found["7d", "audit", "7"] == pytest.approx(218 / 223)
    assert found["1h", "voluntary", "6"] == 1


@pytest.mark.parametrize("apart", [timedelta(minutes=5), timedelta(minutes=-5)])
@pytest.mark.parametrize("now", [NOW.replace(hour=at, minute=minute) for at in (0, 13, 23) for minute in (2, 58)])
def test_clocks_five_minutes_apart_lose_nothing_from_a_window(now: datetime, apart: timedelta) -> None:
    dated = f"{now + apart:%Y-%m-%dT%H}"
    hours = {HourOfVersion(dated, "7"): predictions(800, 200)}
    found = list(samples(known(now=now, quality={Bucket(dated, "7", "audit"): Cells(8, 2, 5, 1)}, hours=hours)))
    assert {values(found, metrics.LABELS)[window, "audit", "7"] for window in WINDOWS} == {16}
    assert {values(found, metrics.COVERAGE)[window, "audit"] for window in WINDOWS} == {0.016}
    assert values(found, metrics.DRIFT_PREDICTIONS) == {("7",): 1000}


def test_a_label_by_a_clock_behind_that_of_the_promotion_counts() -> None:
    promoted = PRODUCTION.pointer.model_copy(update={"promoted_at": NOW.replace(minute=2)})
    quality = {Bucket(hour(1), "7", "audit"): Cells(10, 1, 0, 0)}
    found = samples(known(quality=quality, production=PRODUCTION._replace(pointer=promoted)))
    assert values(found, metrics.AUDITED_LABELS) == {("7",): 11}


@pytest.mark.parametrize(
    ("audit", "fell"),
    [
        (Cells(500, 60, 400, 40), 0),
        (Cells(450, 150, 300, 100), 1),
        (Cells(3, 2, 0, 0), 0),
        (Cells(1, 9, 0, 0), 1),
        (Cells(), 0),
    ],
    ids=["as at promotion", "15 points below", "too few labels", "few, and nearly all wrong", "none"],
)
def test_quality_fell_only_where_labels_prove_it(audit: Cells, fell: int) -> None:
    found = list(samples(known(audit=audit)))
    assert values(found, metrics.QUALITY_FELL) == {("7",): fell}
    assert values(found, metrics.ACCURACY_LIMIT) == {("7",): pytest.approx(0.87)}
    assert values(found, metrics.AUDITED_LABELS) == {("7",): audit.labels}


def test_a_fall_after_thousands_of_good_labels_is_found() -> None:
    day = PROMOTED.replace(hour=0)
    good = {
        Bucket(f"{day + timedelta(days=1 + n):%Y-%m-%dT%H}", "7", "audit"): Cells(270, 15, 180, 15) for n in range(9)
    }
    bad = {Bucket(f"{day + timedelta(days=11):%Y-%m-%dT%H}", "7", "audit"): Cells(200, 70, 130, 80)}
    for quality, fell in ((good, 0), (good | bad, 1)):
        found = list(samples(known(quality=quality)))
        assert values(found, metrics.QUALITY_FELL) == {("7",): fell}
        assert values(found, metrics.AUDITED_ACCURACY.upper)["7",] > 0.87, "all labels together do not show it"


def test_the_verdict_rests_on_audited_labels_since_promotion() -> None:
    at = f"{PROMOTED:%Y-%m-%dT%H}"
    quality = {
        Bucket(at, "7", "audit"): Cells(10, 1, 0, 0),
        Bucket("2026-11-10T11", "7", "audit"): Cells(100, 0, 0, 0),
        Bucket(at, "7", "voluntary"): Cells(100, 0, 0, 0),
        Bucket(at, "6", "audit"): Cells(100, 0, 0, 0),
    }
    assert values(samples(known(quality=quality)), metrics.AUDITED_LABELS) == {("7",): 11}


def test_the_estimate_comes_from_the_probabilities_and_parts_from_labels() -> None:
    found = list(samples(known(audit=Cells(450, 150, 300, 100))))
    assert values(found, metrics.ESTIMATED_ACCURACY)["24h", "7"] == pytest.approx(0.9)
    assert values(found, metrics.ESTIMATED_F1)["24h", "7"] == pytest.approx(2 * 720 / (2 * 720 + 80 + 20))
    assert values(found, metrics.ESTIMATE_PARTED) == {("7",): 1}
    agreeing = samples(known(audit=Cells(500, 60, 400, 40)))
    assert values(agreeing, metrics.ESTIMATE_PARTED) == {("7",): 0}


def test_drift_is_measured_from_300_predictions_on() -> None:
    few = list(samples(known(hours={HourOfVersion(hour(0), "7"): predictions(240, 50)})))
    assert values(few, metrics.DRIFT_PSI) == {}
    assert values(few, metrics.DRIFT_PREDICTIONS) == {("7",): 290}
    enough = values(samples(known()), metrics.DRIFT_PSI)
    assert enough == {(feature, "7"): pytest.approx(0, abs=1e-9) for feature in FEATURES}
    moved = known(hours={HourOfVersion(hour(0), "7"): predictions(300, 100, first_bin_only=True)})
    assert all(index > 0.2 for index in values(samples(moved), metrics.DRIFT_PSI).values())


def test_coverage_counts_labels_of_a_source_for_each_prediction() -> None:
    found = list(samples(known(audit=Cells(10, 5, 5, 5))))
    assert values(found, metrics.COVERAGE)["24h", "audit"] == pytest.approx(0.025)
    assert values(found, metrics.AUDIT_NONRESPONSE)["24h",] == pytest.approx(0.75)


def test_counters_exist_at_zero_before_the_first_prediction() -> None:
    found = list(samples(known(totals=Totals({}, {}))))
    assert values(found, metrics.PREDICTIONS) == {("positive", "7"): 0, ("negative", "7"): 0}
    assert set(values(found, metrics.FEEDBACK).values()) == {0}


@pytest.mark.parametrize(
    "nothing",
    [
        {"production": None},
        {"totals": None},
        {"hours": {}, "quality": {}},
        {"retraining": None, "alias": None, "archive_failures": None},
    ],
    ids=["no model", "no totals", "no predictions", "nothing else"],
)
def test_what_is_not_known_is_left_out(nothing: dict[str, Any]) -> None:
    found = list(samples(known(**nothing)))
    assert all(math.isfinite(sample.value) for sample in found)
    assert all(len(sample.labels) == len(sample.metric.labels) for sample in found)
    assert len({(sample.metric.name, sample.labels) for sample in found}) == len(found)


@pytest.mark.parametrize(
    ("cells", "undefined"),
    [
        (Cells(), {metrics.ACCURACY, metrics.PRECISION, metrics.RECALL, metrics.F1}),
        (Cells(tn=5), {metrics.PRECISION, metrics.RECALL, metrics.F1}),
        (Cells(fn=5), {metrics.PRECISION}),
        (Cells(fp=5), {metrics.RECALL}),
        (Cells(tp=5), set()),
    ],
    ids=["no label", "negative and right", "negative and wrong", "positive and wrong", "positive and right"],
)
def test_quality_that_one_class_leaves_undefined_is_absent(cells: Cells, undefined: set[WithBounds]) -> None:
    found = list(samples(known(audit=cells)))
    for metric in (metrics.ACCURACY, metrics.PRECISION, metrics.RECALL, metrics.F1):
        for bound in metric:
            assert (("1h", "audit", "7") in values(found, bound)) == (metric not in undefined)
    assert values(found, metrics.LABELS)["1h", "audit", "7"] == cells.labels
    assert values(found, metrics.ENOUGH_LABELS)["1h", "audit", "7"] == 0
    assert all(math.isfinite(sample.value) for sample in found)


def test_every_exact_metric_has_a_sample() -> None:
    defined = {
        metric
        for value in vars(metrics).values()
        for metric in (value if isinstance(value, WithBounds) else [value])
        if isinstance(metric, Metric) and metric.writer == "monitor"
    }
    of_the_run = {
        *(metrics.MONITOR_RUN, metrics.MONITOR_SECONDS, metrics.MONITOR_PROBLEM, metrics.PUSHING_ENVIRONMENTS),
    }
    found = {sample.metric for sample in samples(known(audit=Cells(8, 2, 5, 1)))}
    assert found == defined - of_the_run
