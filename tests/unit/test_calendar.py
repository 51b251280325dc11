"""No day of the calendar and no time zone of the machine changes what is recorded, or under which day and hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import time_machine

from feature_repo.frame.window import window_before
from lambdas.archive.records import line_of
from lambdas.feedback.verdict import StoredPrediction, bucket_of
from lambdas.shared.items import to_item
from sentiment.clock import utc_now
from sentiment.reviews.sample import load_sample
from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.prediction_id import new_prediction_id

if TYPE_CHECKING:
    from collections.abc import Iterator

MOMENTS = {
    "Monday, after the weekly run": datetime(2026, 11, 30, 4, tzinfo=UTC),
    "the last second of a year": datetime(2026, 12, 31, 23, 59, 59, 990_000, tzinfo=UTC),
    "a leap day": datetime(2028, 2, 29, 23, 59, 50, tzinfo=UTC),
}


@pytest.fixture(params=list(MOMENTS.values()), ids=list(MOMENTS))
def moment(request: pytest.FixtureRequest) -> datetime:
    """A moment at which programs have been wrong, in UTC."""
    given: datetime = request.param
    return given


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "America/St_Johns"], autouse=True)
def _clock(request: pytest.FixtureRequest, moment: datetime) -> Iterator[None]:
    """That moment, on the clock of a machine in this zone."""
    with time_machine.travel(moment.astimezone(ZoneInfo(request.param)), tick=False):
        yield


def test_the_replayed_sample_fills_the_window_that_is_trained_on(moment: datetime) -> None:
    window = window_before(utc_now(), 90)
    times = [review.time for review in load_sample(replayed_until=utc_now()) if review.time is not None]
    assert window.start <= min(times) < max(times) <= window.end == moment
    assert max(times) - min(times) > timedelta(days=89)


def test_what_is_recorded_lies_under_the_day_and_hour_of_utc(moment: datetime) -> None:
    event = PredictionEvent(
        prediction_id=new_prediction_id(utc_now()),
        text="fine",
        product_id=None,
        label="positive",
        probability=0.9,
        model_version="1",
        created_at=utc_now(),
        expires_at=0,
        audit=False,
    )
    assert line_of({"dynamodb": {"NewImage": to_item(event)}}).day == f"{moment:%Y-%m-%d}"
    prediction = StoredPrediction(label="positive", probability=0.9, model_version="1", audit=False, expires_at=0)
    bucket = bucket_of(new_prediction_id(utc_now()), prediction, "voluntary", utc_now())
    assert bucket.startswith(f"{moment:%Y-%m-%dT%H}#1#voluntary#")
