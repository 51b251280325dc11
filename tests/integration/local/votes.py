"""A table of votes in an emulator that can be killed: each vote is an item and adds one to a counter."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import psutil
from botocore.config import Config

from local import aws, health, start
from local.terminal import Step

if TYPE_CHECKING:
    from local.loop import Loop

ITEM = {"AttributeName": "id", "AttributeType": "S"}


def start_emulator(loop: Loop) -> None:
    start.supervisor(loop)
    start.emulator(loop, Step("Start the emulator", 2))


def kill_emulator(loop: Loop) -> None:
    process = psutil.Process(loop.supervisor.state("emulator").pid)
    process.kill()
    until(lambda: not loop.supervisor.state("emulator").alive)


def create_table(loop: Loop) -> None:
    """Make the table and save it, as `make up` does with what it deploys."""
    aws.client(loop, "dynamodb").create_table(
        TableName="votes",
        AttributeDefinitions=[ITEM],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    health.take_snapshot(loop.ports.known()["emulator"])


def vote(dynamodb: Any, name: str, padding: str = "") -> None:  # noqa: ANN401
    put = {"TableName": "votes", "Item": {"id": {"S": name}, "padding": {"S": padding}}}
    add = {
        "TableName": "votes",
        "Key": {"id": {"S": "counter"}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"Update": add}])


def impatient(loop: Loop) -> Any:  # noqa: ANN401
    """A client that does not try again: a write is answered once or not at all."""
    return boto3.client(
        "dynamodb",
        endpoint_url=loop.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def scan(dynamodb: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    pages = dynamodb.get_paginator("scan").paginate(TableName="votes")
    return [item for page in pages for item in page["Items"]]


def until(condition: Any, timeout_s: float = 20.0) -> None:  # noqa: ANN401
    waiting, deadline = threading.Event(), time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        waiting.wait(0.01)
