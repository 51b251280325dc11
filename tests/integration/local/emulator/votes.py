"""A table of votes in an emulator that can be killed: each vote is an item and adds one to a counter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import psutil
import tenacity
from botocore.config import Config

from local import health, start
from local.terminal import Step
from ops import aws

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, UpdateTypeDef

    from local.loop import Loop

T = TypeVar("T")

ITEM = {"AttributeName": "id", "AttributeType": "S"}


def start_emulator(loop: Loop) -> None:
    start.supervisor(loop)
    start.emulator(loop, Step("Start the emulator", 2))


def kill_emulator(loop: Loop) -> None:
    """Kill it at once with all that would start it again, as a power failure does."""
    family = loop.supervisor.processes()
    for process in family:
        process.suspend()
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=20)


def create_table(loop: Loop) -> None:
    """Create the table and save a snapshot, as `make up` does after a deployment."""
    aws.client(loop, "dynamodb").create_table(
        TableName="votes",
        AttributeDefinitions=[ITEM],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    health.take_snapshot(loop.state_dir, loop.ports.known()["emulator"])


def vote(dynamodb: DynamoDBClient, name: str, padding: str = "") -> None:
    put: PutTypeDef = {"TableName": "votes", "Item": {"id": {"S": name}, "padding": {"S": padding}}}
    add: UpdateTypeDef = {
        "TableName": "votes",
        "Key": {"id": {"S": "counter"}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"Update": add}])


def impatient(loop: Loop) -> DynamoDBClient:
    """A client without retries: a write is answered once or not at all."""
    return boto3.client(
        "dynamodb",
        endpoint_url=loop.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def scan(dynamodb: DynamoDBClient) -> list[dict[str, Any]]:
    pages = dynamodb.get_paginator("scan").paginate(TableName="votes")
    return [item for page in pages for item in page["Items"]]


def until(condition: Callable[[], T], timeout_s: float = 20.0) -> T:
    """Repeat a call until its result is truthy, and return that."""
    asking = tenacity.Retrying(
        wait=tenacity.wait_fixed(0.01),
        stop=tenacity.stop_after_delay(timeout_s),
        retry=tenacity.retry_if_result(lambda found: not found),
    )
    return asking(condition)
