"""The archive function against the emulator: it writes every event to the lake, and repeating one is harmless."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.archive.batch import archive
from lambdas.archive.counting import EventCounts
from lambdas.shared.items import to_item
from lambdas.shared.raw_events import RawEvents
from sentiment.schemas.events import FeedbackEvent, PredictionEvent
from sentiment.schemas.prediction_id import new_prediction_id
from tests.integration.events import NOON, a_prediction
from tests.integration.lambdas.functions import cold_start

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tests.integration.resources import Resources


def a_feedback(at: datetime = NOON) -> FeedbackEvent:
    return FeedbackEvent(
        prediction_id=new_prediction_id(at),
        verdict="down",
        label="negative",
        predicted="positive",
        model_version="7",
        audit=False,
        rater="0" * 64,
        bucket="2026-11-23T12#7#voluntary",
        cell="fp",
        created_at=at,
        updated_at=at,
        revision=1,
    )


def a_record(number: int, event: PredictionEvent | FeedbackEvent, name: str = "INSERT") -> dict[str, Any]:
    return {
        "eventID": f"id-{number}",
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "SequenceNumber": f"{number:021}",
            "StreamViewType": "NEW_IMAGE",
            "Keys": {"prediction_id": {"S": event.prediction_id}},
            "NewImage": to_item(event),
        },
    }


def files(resources: Resources) -> dict[str, str]:
    found = resources.s3.list_objects_v2(Bucket=resources.lake).get("Contents", [])
    return {
        one["Key"]: resources.s3.get_object(Bucket=resources.lake, Key=one["Key"])["Body"].read().decode()
        for one in found
    }


def events(resources: Resources, kind: type[Any], prefix: str) -> list[Any]:
    return [
        kind.model_validate_json(line)
        for key, text in files(resources).items()
        if key.startswith(prefix)
        for line in text.splitlines()
    ]


@pytest.fixture
def event_counts(resources: Resources) -> EventCounts:
    return EventCounts(resources.monitoring, resources.dynamodb, lambda: NOON)


@pytest.fixture
def raw_events(resources: Resources) -> RawEvents:
    return RawEvents(resources.lake, resources.s3)


def test_an_archived_event_reads_back_unchanged(
    resources: Resources, raw_events: RawEvents, event_counts: EventCounts
) -> None:
    predictions = [a_prediction("plain"), a_prediction('odd "\u2028\n\x00 👍'), a_prediction("")]
    feedback = [a_feedback(), a_feedback()]
    all_events: list[PredictionEvent | FeedbackEvent] = [*predictions, *feedback]

    records = [a_record(number, event) for number, event in enumerate(all_events)]
    assert archive(records, raw_events, event_counts) == []

    assert events(resources, PredictionEvent, "raw/predictions/dt=2026-11-23/") == predictions
    assert events(resources, FeedbackEvent, "raw/feedback/dt=2026-11-23/") == feedback


def test_a_repeated_delivery_replaces_its_file(
    resources: Resources, raw_events: RawEvents, event_counts: EventCounts
) -> None:
    records = [a_record(number, a_feedback()) for number in range(5)]
    archive(records, raw_events, event_counts)
    first = files(resources)

    archive(records, raw_events, event_counts)

    assert files(resources) == first
    assert list(first) == [f"raw/feedback/dt=2026-11-23/{0:021}-{4:021}.jsonl"]


def test_a_delivery_cut_differently_loses_no_event(
    resources: Resources, raw_events: RawEvents, event_counts: EventCounts
) -> None:
    feedback = [a_feedback() for _ in range(6)]
    records = [a_record(number, event) for number, event in enumerate(feedback)]

    archive(records, raw_events, event_counts)
    archive(records[2:5], raw_events, event_counts)
    archive(records[4:], raw_events, event_counts)

    found = events(resources, FeedbackEvent, "raw/feedback/")
    assert len(found) > len(feedback)
    assert {(one.prediction_id, one.revision): one for one in found} == {
        (one.prediction_id, one.revision): one for one in feedback
    }


def test_an_event_is_stored_under_its_own_day(
    resources: Resources, raw_events: RawEvents, event_counts: EventCounts
) -> None:
    late, early = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)

    archive([a_record(1, a_feedback(late)), a_record(2, a_feedback(early))], raw_events, event_counts)

    assert [key.split("/")[2] for key in files(resources)] == ["dt=2026-11-23", "dt=2026-11-24"]


def test_an_expired_item_is_not_archived(
    resources: Resources, raw_events: RawEvents, event_counts: EventCounts
) -> None:
    expired = a_record(1, a_prediction(), name="REMOVE")
    del expired["dynamodb"]["NewImage"]
    expired["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

    assert archive([expired], raw_events, event_counts) == []
    assert not files(resources)


@pytest.mark.parametrize(
    "damage",
    [
        lambda image: image.pop("probability"),
        lambda image: image.pop("created_at"),
        lambda image: image.update(created_at={"S": "yesterday"}),
        lambda image: image.update(text={"N": "5"}),
        lambda image: image.clear(),
    ],
)
def test_an_unreadable_record_is_quarantined_and_holds_up_no_other(
    resources: Resources,
    raw_events: RawEvents,
    event_counts: EventCounts,
    damage: Any,  # noqa: ANN401 - what it returns does not matter
) -> None:
    good = [a_prediction(), a_prediction()]
    bad = a_record(2, a_prediction())
    damage(bad["dynamodb"]["NewImage"])

    assert archive([a_record(1, good[0]), bad, a_record(3, good[1])], raw_events, event_counts) == []

    assert events(resources, PredictionEvent, "raw/predictions/") == good
    quarantined = json.loads(files(resources)[f"quarantine/stream/{2:021}.json"])
    assert quarantined["record"] == bad
    assert quarantined["reason"]


class Refusing:
    """An S3 that refuses some keys."""

    def __init__(self, client: S3Client, refused: str) -> None:
        self._client = client
        self._refused = refused

    def put_object(self, **request: Any) -> Any:  # noqa: ANN401 - passed on
        if self._refused in request["Key"]:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "slow down"}}, "PutObject")
        return self._client.put_object(**request)


def test_a_failed_file_is_reported_by_its_first_record(resources: Resources, event_counts: EventCounts) -> None:
    refusing: Any = Refusing(resources.s3, "raw/feedback/")
    records = [
        a_record(1, a_prediction()),
        a_record(2, a_feedback()),
        a_record(3, a_prediction()),
        a_record(4, a_feedback()),
    ]

    failed = archive(records, RawEvents(resources.lake, refusing), event_counts)

    assert failed == [f"{2:021}"]
    assert len(events(resources, PredictionEvent, "raw/predictions/")) == 2


@pytest.mark.parametrize("refused", ["raw/", "quarantine/"])
def test_a_record_that_cannot_be_stored_is_reported(
    resources: Resources, event_counts: EventCounts, refused: str
) -> None:
    refusing: Any = Refusing(resources.s3, refused)
    records = [a_record(number, a_prediction()) for number in (1, 2)]
    if refused == "quarantine/":
        records[0]["dynamodb"]["NewImage"].clear()

    assert archive(records, RawEvents(resources.lake, refusing), event_counts) == [f"{1:021}"]


def test_the_handler_answers_as_lambda_expects(resources: Resources) -> None:
    function = cold_start("archive")

    answer = function.handler({"Records": [a_record(1, a_feedback())]}, None)

    assert answer == {"batchItemFailures": []}
    assert len(files(resources)) == 1
