"""The archive function against the emulator: every event is in the lake, and comes twice for free."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.archive.batch import archive
from lambdas.archive.lake import Lake
from lambdas.shared.items import to_item
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
def lake(resources: Resources) -> Lake:
    return Lake(resources.lake, resources.s3)


def test_events_come_out_of_the_lake_as_they_went_in(resources: Resources, lake: Lake) -> None:
    predictions = [a_prediction("plain"), a_prediction('odd "\u2028\n\x00 👍'), a_prediction("")]
    judgements = [a_feedback(), a_feedback()]
    all_events: list[PredictionEvent | FeedbackEvent] = [*predictions, *judgements]

    records = [a_record(number, event) for number, event in enumerate(all_events)]
    assert archive(records, lake) == []

    assert events(resources, PredictionEvent, "raw/predictions/dt=2026-11-23/") == predictions
    assert events(resources, FeedbackEvent, "raw/feedback/dt=2026-11-23/") == judgements


def test_a_repeated_delivery_overwrites_itself(resources: Resources, lake: Lake) -> None:
    records = [a_record(number, a_feedback()) for number in range(5)]
    archive(records, lake)
    first = files(resources)

    archive(records, lake)

    assert files(resources) == first
    assert list(first) == [f"raw/feedback/dt=2026-11-23/{0:021}-{4:021}.jsonl"]


def test_a_delivery_cut_differently_loses_nothing_and_readers_know_an_event_by_its_id(
    resources: Resources, lake: Lake
) -> None:
    judgements = [a_feedback() for _ in range(6)]
    records = [a_record(number, event) for number, event in enumerate(judgements)]

    archive(records, lake)
    archive(records[2:5], lake)
    archive(records[4:], lake)

    found = events(resources, FeedbackEvent, "raw/feedback/")
    assert len(found) > len(judgements)
    assert {(one.prediction_id, one.revision): one for one in found} == {
        (one.prediction_id, one.revision): one for one in judgements
    }


def test_an_event_lies_under_the_day_it_happened_on(resources: Resources, lake: Lake) -> None:
    late, early = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)

    archive([a_record(1, a_feedback(late)), a_record(2, a_feedback(early))], lake)

    assert [key.split("/")[2] for key in files(resources)] == ["dt=2026-11-23", "dt=2026-11-24"]


def test_what_the_table_forgets_is_not_archived(resources: Resources, lake: Lake) -> None:
    forgotten = a_record(1, a_prediction(), name="REMOVE")
    del forgotten["dynamodb"]["NewImage"]
    forgotten["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

    assert archive([forgotten], lake) == []
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
def test_a_bad_record_is_kept_with_its_reason_and_stops_no_other(
    resources: Resources,
    lake: Lake,
    damage: Any,  # noqa: ANN401 - what it returns does not matter
) -> None:
    good = [a_prediction(), a_prediction()]
    bad = a_record(2, a_prediction())
    damage(bad["dynamodb"]["NewImage"])

    assert archive([a_record(1, good[0]), bad, a_record(3, good[1])], lake) == []

    assert events(resources, PredictionEvent, "raw/predictions/") == good
    kept = json.loads(files(resources)[f"quarantine/stream/{2:021}.json"])
    assert kept["record"] == bad
    assert kept["reason"]


class Refusing:
    """An S3 that refuses some keys."""

    def __init__(self, client: S3Client, refused: str) -> None:
        self._client = client
        self._refused = refused

    def put_object(self, **request: Any) -> Any:  # noqa: ANN401 - passed on
        if self._refused in request["Key"]:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "slow down"}}, "PutObject")
        return self._client.put_object(**request)


def test_a_file_that_cannot_be_written_is_named_by_its_first_record(resources: Resources) -> None:
    refusing: Any = Refusing(resources.s3, "raw/feedback/")
    records = [
        a_record(1, a_prediction()),
        a_record(2, a_feedback()),
        a_record(3, a_prediction()),
        a_record(4, a_feedback()),
    ]

    failed = archive(records, Lake(resources.lake, refusing))

    assert failed == [f"{2:021}"]
    assert len(events(resources, PredictionEvent, "raw/predictions/")) == 2


@pytest.mark.parametrize("refused", ["raw/", "quarantine/"])
def test_what_could_not_be_kept_is_named_by_its_first_record(resources: Resources, refused: str) -> None:
    refusing: Any = Refusing(resources.s3, refused)
    records = [a_record(number, a_prediction()) for number in (1, 2)]
    if refused == "quarantine/":
        records[0]["dynamodb"]["NewImage"].clear()

    assert archive(records, Lake(resources.lake, refusing)) == [f"{1:021}"]


def test_the_handler_answers_as_lambda_expects(resources: Resources) -> None:
    function = cold_start("archive")

    answer = function.handler({"Records": [a_record(1, a_feedback())]}, None)

    assert answer == {"batchItemFailures": []}
    assert len(files(resources)) == 1
