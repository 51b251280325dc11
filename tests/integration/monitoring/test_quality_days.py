"""The sums of the quality counters are those of the counters, however they changed and whoever keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.feedback.ledger import Ledger
from monitoring.monitor.quality_days import Bucket, QualityDays
from sentiment.evaluation.live_quality import Cells
from tests.integration.lambdas.books import a_prediction, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from tests.integration.resources import Resources

NOW = datetime(2026, 11, 30, 12, 30, 30, tzinfo=UTC)
MONDAY_BEFORE = NOW - timedelta(days=7)
DAYS = 9
"""From the Monday before to the day after, which a clock may be ahead by."""


class Loop:
    """Feedback at any time, and the monitor's view of it."""

    def __init__(self, resources: Resources) -> None:
        self.resources = resources
        self.now = NOW

    def vote(self, prediction: str, verdict: Any, at: datetime) -> None:  # noqa: ANN401 - up or down
        ledger = Ledger(tables(self.resources), lambda: self.resources.dynamodb, now=lambda: at)
        ledger.record(prediction, verdict, None)

    def days(self, dynamodb: DynamoDBClient | None = None) -> QualityDays:
        return QualityDays(self.resources.quality, self.resources.monitoring, dynamodb or self.resources.dynamodb)

    def read(self, *changed: datetime, days: QualityDays | None = None) -> dict[Bucket, Cells]:
        days = days or self.days()
        days.changed(at.date() for at in changed)
        return days.read(MONDAY_BEFORE.date(), self.now)


@pytest.fixture
def loop(resources: Resources) -> Loop:
    return Loop(resources)


def test_the_sums_are_those_of_the_counters(loop: Loop) -> None:
    for back in (0, 1, 25, 200):
        for _ in range(back % 3 + 1):
            loop.vote(a_prediction(loop.resources, made_at=NOW - timedelta(days=9)), "up", NOW - timedelta(hours=back))
    loop.vote(a_prediction(loop.resources, label="negative", made_at=NOW), "down", NOW)

    assert loop.read() == {
        Bucket("2026-11-30T12", "7", "voluntary"): Cells(tp=1, fn=1),
        Bucket("2026-11-30T11", "7", "voluntary"): Cells(tp=2),
        Bucket("2026-11-29T11", "7", "voluntary"): Cells(tp=2),
    }


def test_a_changed_verdict_of_an_earlier_day_is_seen_when_told(loop: Loop) -> None:
    prediction = a_prediction(loop.resources, made_at=NOW - timedelta(days=5))
    days_ago = NOW - timedelta(days=4)
    bucket = Bucket(f"{days_ago:%Y-%m-%dT%H}", "7", "voluntary")
    loop.vote(prediction, "up", days_ago)
    assert loop.read()[bucket] == Cells(tp=1)

    loop.vote(prediction, "down", NOW)

    assert loop.read(days_ago)[bucket] == Cells(fp=1)


def test_a_change_that_nobody_told_is_seen_within_minutes(loop: Loop) -> None:
    prediction = a_prediction(loop.resources, made_at=NOW - timedelta(days=5))
    days_ago = NOW - timedelta(days=4)
    loop.vote(prediction, "up", days_ago)
    loop.read()
    loop.vote(prediction, "down", NOW)

    for _ in range(DAYS):
        loop.now += timedelta(minutes=1)
        found = loop.read()

    assert found[Bucket(f"{days_ago:%Y-%m-%dT%H}", "7", "voluntary")] == Cells(fp=1)


@pytest.mark.parametrize(
    ("before", "at", "after"),
    [
        ("30T20:00", "30T23:59", "01T04:00"),
        ("01T00:03", "30T23:59", "01T00:04"),
        ("30T23:57", "01T00:02", "30T23:58"),
    ],
    ids=["no run for hours", "a clock that is behind", "a clock that is ahead"],
)
def test_feedback_after_the_last_run_of_its_day_is_not_lost(loop: Loop, before: str, at: str, after: str) -> None:
    def time(text: str) -> datetime:
        return datetime.fromisoformat(f"2026-{'12' if text.startswith('01') else '11'}-{text}+00:00")

    loop.now = time(before)
    loop.read()
    loop.vote(a_prediction(loop.resources, made_at=NOW), "up", time(at))

    loop.now = time(after)
    assert loop.read() == {Bucket(f"{time(at):%Y-%m-%dT%H}", "7", "voluntary"): Cells(tp=1)}


class Interrupting:
    """A DynamoDB in which something happens before the first item is kept."""

    def __init__(self, client: DynamoDBClient, happens: Any) -> None:  # noqa: ANN401 - called once
        self._client = client
        self._happens = happens

    def put_item(self, **request: Any) -> Any:  # noqa: ANN401 - passed on
        happens, self._happens = self._happens, None
        if happens:
            happens()
        return self._client.put_item(**request)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - passed on
        return getattr(self._client, name)


def test_older_sums_never_replace_newer_ones(loop: Loop) -> None:
    prediction = a_prediction(loop.resources, made_at=NOW - timedelta(days=7))
    bucket = Bucket(f"{MONDAY_BEFORE:%Y-%m-%dT%H}", "7", "voluntary")
    loop.vote(prediction, "up", MONDAY_BEFORE)

    def another_run_after_a_changed_verdict() -> None:
        loop.vote(prediction, "down", NOW)
        assert loop.read(MONDAY_BEFORE)[bucket] == Cells(fp=1)

    interrupted: Any = Interrupting(loop.resources.dynamodb, another_run_after_a_changed_verdict)

    assert loop.read(days=loop.days(interrupted))[bucket] == Cells(fp=1)
    assert loop.read()[bucket] == Cells(fp=1)
