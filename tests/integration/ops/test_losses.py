"""`make up` notices what is gone of the data that the loop had."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from local import stop
from local.addresses import ADMINISTRATION_FILE, ADMINISTRATION_HEADER
from local.loop import open_loop
from local.ports import free_port
from local.settings import Settings
from local.terminal import Terminal
from ops import aws, losses
from tests.integration.local.emulator.votes import start_emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.loop import Loop

TABLES, BUCKETS = ("Predictions", "Feedback", "Quality", "Audit"), ("Lake", "Artifacts")
FOUND = {f"{name}Table": name for name in TABLES} | {f"{name}Bucket": name.lower() for name in BUCKETS}
TEMPLATE = {
    "Resources": {
        **{
            name: {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "TableName": name,
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                },
            }
            for name in TABLES
        },
        **{name: {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name.lower()}} for name in BUCKETS},
    }
}


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    """A loop whose stack with the data holds a prediction, a piece of feedback and an object."""
    loop = open_loop(Settings(local_dir=tmp_path, emulator_port=free_port()), Terminal(tmp_path / "timings.json"))
    try:
        start_emulator(loop)
        _deploy(loop)
        for name in ("Predictions", "Feedback"):
            aws.client(loop, "dynamodb").put_item(TableName=name, Item={"id": {"S": "a"}})
        aws.client(loop, "s3").put_object(Bucket="lake", Key="raw/x", Body=b"x")
        losses.remember(loop, FOUND)
        yield loop
    finally:
        stop.down(loop)


def test_after_a_restart_nothing_is_gone(loop: Loop) -> None:
    stop.down(loop)
    start_emulator(loop)
    assert losses.find(loop) == []


def test_an_erased_state_is_told_even_when_all_is_deployed_again(loop: Loop) -> None:
    token = (loop.state_dir / "emulator" / ADMINISTRATION_FILE).read_text()
    erased = httpx.post(f"{loop.endpoint}/_ministack/reset", headers={ADMINISTRATION_HEADER: token}, trust_env=False)
    assert erased.status_code == 200
    (told,) = losses.find(loop)
    assert "all data of this loop since" in told
    assert "predictions, feedback" in told

    _deploy(loop)
    assert losses.find(loop) == [told], "until a whole make up has told it"

    losses.remember(loop, FOUND)
    assert losses.find(loop) == []


def test_each_emptied_or_removed_part_is_named(loop: Loop) -> None:
    aws.client(loop, "s3").delete_object(Bucket="lake", Key="raw/x")
    aws.client(loop, "dynamodb").delete_table(TableName="Feedback")
    feedback, lake = losses.find(loop)
    assert "feedback: Feedback is empty" in feedback
    assert "reviews in the lake: lake is empty" in lake


def test_predictions_that_expired_are_not_lost(loop: Loop) -> None:
    dynamodb = aws.client(loop, "dynamodb")
    dynamodb.delete_item(TableName="Predictions", Key={"id": {"S": "a"}})
    assert losses.find(loop) == []
    dynamodb.delete_table(TableName="Predictions")
    assert len(losses.find(loop)) == 1


def test_what_is_removed_on_purpose_is_not_lost(loop: Loop) -> None:
    losses.forget(loop)
    aws.client(loop, "cloudformation").delete_stack(StackName=loop.settings.data_stack)
    assert losses.find(loop) == []


def _deploy(loop: Loop) -> None:
    cloudformation = aws.client(loop, "cloudformation")
    cloudformation.create_stack(StackName=loop.settings.data_stack, TemplateBody=json.dumps(TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=loop.settings.data_stack, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
