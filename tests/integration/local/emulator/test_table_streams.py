"""A function that reads a table's stream gets the same batches as on AWS, whatever it answers."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdas.shared.items import to_item
from ops import aws
from sentiment.schemas.events import PredictionEvent
from tests.integration.events import NOON, a_prediction
from tests.integration.local.emulator.functions import create_function
from tests.integration.local.emulator.votes import until

if TYPE_CHECKING:
    from local.loop import Loop

PROJECT = Path(__file__).parents[4]
BUCKET = "seen"

READER = """
import json, time, boto3

s3 = boto3.client("s3")

def handler(event, context):
    batch = {record["dynamodb"]["Keys"]["id"]["S"]: record for record in event["Records"]}
    s3.put_object(Bucket="seen", Key=f"deliveries/{time.time_ns()}", Body=json.dumps(list(batch)))
    bad = json.loads(s3.get_object(Bucket="seen", Key="bad")["Body"].read())
    if bad["how"] == "raise" and set(bad["names"]) & set(batch):
        raise ValueError(bad["names"])
    if bad["how"] == "stranger":
        return {"batchItemFailures": [{"itemIdentifier": "never seen"}]}
    return {"batchItemFailures": [
        {"itemIdentifier": batch[name]["dynamodb"]["SequenceNumber"]} for name in bad["names"] if name in batch
    ]}
"""

ARCHIVE_WITH_A_LAKE_THAT_REFUSES = """
from botocore.exceptions import ClientError
from lambdas.archive import handler as archive

events, put = archive._raw_events, archive._raw_events._put

def refusing(key, text):
    broken = events._s3.get_object(Bucket="seen", Key="broken")["Body"].read().decode()
    if broken and broken in key:
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "slow down"}}, "PutObject")
    put(key, text)

events._put = refusing
handler = archive.handler
"""


def test_a_batch_is_retried_from_the_lowest_record_that_failed(emptied: Loop) -> None:
    reader = Reader(emptied, bad={"how": "name", "names": ["d", "c"]})
    reader.write("abcd")
    reader.follow(FunctionResponseTypes=["ReportBatchItemFailures"])
    reader.wait_for_deliveries(["abcd", "cd", "cd"])

    reader.fail(names=[])
    reader.write("e")
    deliveries = reader.wait_until_delivered("e")

    assert deliveries[0] == "abcd"
    assert set(deliveries[1:-1]) <= {"cd", "cde"}
    assert "".join(deliveries).count("a") == "".join(deliveries).count("b") == 1


def test_names_that_are_not_of_the_batch_bring_all_of_it_again(emptied: Loop) -> None:
    reader = Reader(emptied, bad={"how": "stranger", "names": []})
    reader.write("ab")
    reader.follow(FunctionResponseTypes=["ReportBatchItemFailures"])
    reader.wait_for_deliveries(["ab", "ab"])


def test_a_batch_waits_for_more_records_until_its_window_ends(emptied: Loop) -> None:
    reader = Reader(emptied)
    reader.fail(how="name", names=[])
    reader.follow(MaximumBatchingWindowInSeconds=3, BatchSize=3)
    reader.write("a")
    reader.write("b")
    reader.wait_for_deliveries(["ab"])
    reader.write("cdef")
    reader.wait_for_deliveries(["ab", "cde", "f"])


def test_without_the_setting_an_answer_is_a_success(emptied: Loop) -> None:
    reader = Reader(emptied, bad={"how": "name", "names": ["a"]})
    reader.write("ab")
    reader.follow()
    reader.wait_for_deliveries(["ab"])
    reader.write("c")
    reader.wait_for_deliveries(["ab", "c"])


def test_a_failing_batch_is_halved_down_to_the_record_for_the_queue(emptied: Loop) -> None:
    reader = Reader(emptied, bad={"how": "raise", "names": ["c"]})
    reader.write("abcd")
    reader.follow(BisectBatchOnFunctionError=True, MaximumRetryAttempts=1, DestinationConfig=reader.failure_queue())
    reader.wait_for_deliveries(["abcd", "ab", "cd", "c", "c", "d"])
    told = reader.failures()
    assert [one["requestContext"]["condition"] for one in told] == ["RetryAttemptsExhausted"]
    assert [one["DDBStreamBatchInfo"]["batchSize"] for one in told] == [1]


def test_failing_records_that_are_too_old_are_given_up(emptied: Loop) -> None:
    reader = Reader(emptied, bad={"how": "raise", "names": ["a"]})
    reader.write("a")
    reader.follow(MaximumRecordAgeInSeconds=2, DestinationConfig=reader.failure_queue())
    assert reader.first_failure()["requestContext"]["condition"] == "MaxRecordAgeExceeded"
    reader.write("b")
    assert reader.wait_until_delivered("b")[-1] == "b"


def test_the_archive_loses_nothing_when_one_file_cannot_be_written(emptied: Loop) -> None:
    events = [a_prediction(at=NOON - timedelta(days=ago)) for ago in (1, 0, 1, 0)]
    archive = Reader(
        emptied,
        code={
            "index.py": ARCHIVE_WITH_A_LAKE_THAT_REFUSES,
            **_sources(
                *("lambdas/shared", "lambdas/archive", "sentiment/clock.py", "sentiment/schemas/bucket.py"),
                "sentiment/evaluation/audit_draw.py",
            ),
        },
        key="prediction_id",
    )
    archive.s3.put_object(Bucket=BUCKET, Key="broken", Body=b"dt=2026-11-23")
    for event in events:
        archive.dynamodb.put_item(TableName="items", Item=to_item(event))
    archive.follow(FunctionResponseTypes=["ReportBatchItemFailures"])
    until(lambda: archive.files("raw/") and archive.result() == "FAILED")
    assert {key.split("/")[2] for key in archive.files("raw/")} == {"dt=2026-11-22"}

    archive.s3.put_object(Bucket=BUCKET, Key="broken", Body=b"")
    until(lambda: archive.result().startswith("OK"))

    lines = [line for text in archive.files("raw/").values() for line in text.splitlines()]
    assert {PredictionEvent.model_validate_json(line).prediction_id for line in lines} == {
        event.prediction_id for event in events
    }
    assert len([line for line in lines if events[0].prediction_id in line]) == 1, "it was behind the reader"


class Reader:
    """A table, and a function that reads its stream."""

    def __init__(
        self, loop: Loop, *, bad: dict[str, Any] | None = None, code: dict[str, str] | None = None, key: str = "id"
    ) -> None:
        self.dynamodb = aws.client(loop, "dynamodb")
        self.s3 = aws.client(loop, "s3")
        self._sqs = aws.client(loop, "sqs")
        self._mapping = ""
        self._queue = ""
        self.s3.create_bucket(Bucket=BUCKET)
        self._bad = bad or {}
        self.fail(**self._bad)
        table = self.dynamodb.create_table(
            TableName="items",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        self._stream = table["TableDescription"]["LatestStreamArn"]
        variables = {
            "LAKE_BUCKET": BUCKET,
            "MONITORING_TABLE": "monitoring",
            "AUDIT_TABLE": "audit",
            "FEEDBACK_TABLE": "feedback",
        }
        self._lambda = create_function(loop, "reader", code or {"index.py": READER}, variables)

    def fail(self, **bad: object) -> None:
        self._bad |= bad
        self.s3.put_object(Bucket=BUCKET, Key="bad", Body=json.dumps(self._bad).encode())

    def write(self, names: str) -> None:
        for name in names:
            self.dynamodb.put_item(TableName="items", Item={"id": {"S": name}})

    def follow(self, **settings: Any) -> None:  # noqa: ANN401 - passed on
        """Start reading: everything written so far is one batch."""
        made = self._lambda.create_event_source_mapping(
            FunctionName="reader", EventSourceArn=self._stream, StartingPosition="TRIM_HORIZON", **settings
        )
        self._mapping = made["UUID"]

    def result(self) -> str:
        answer: str = self._lambda.get_event_source_mapping(UUID=self._mapping)["LastProcessingResult"]
        return answer

    def failure_queue(self) -> dict[str, Any]:
        self._queue = self._sqs.create_queue(QueueName="failures")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        return {"OnFailure": {"Destination": attributes["Attributes"]["QueueArn"]}}

    def failures(self) -> list[dict[str, Any]]:
        found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    def first_failure(self) -> dict[str, Any]:
        return until(self.failures)[0]

    def files(self, prefix: str) -> dict[str, str]:
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return {one["Key"]: self.s3.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read().decode() for one in found}

    def deliveries(self) -> list[str]:
        """The names in each batch, in the order of the calls."""
        return ["".join(json.loads(text)) for _, text in sorted(self.files("deliveries/").items())]

    def wait_for_deliveries(self, expected: list[str]) -> None:
        until(lambda: len(self.deliveries()) >= len(expected))
        assert self.deliveries()[: len(expected)] == expected

    def wait_until_delivered(self, name: str) -> list[str]:
        until(lambda: name in "".join(self.deliveries()))
        return self.deliveries()


def _sources(*paths: str) -> dict[str, str]:
    found = [file for path in paths for file in [PROJECT / path, *(PROJECT / path).rglob("*.py")] if file.is_file()]
    packages = {"lambdas/__init__.py": ""}
    return packages | {str(file.relative_to(PROJECT)): file.read_text() for file in found}
