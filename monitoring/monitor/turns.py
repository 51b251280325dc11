"""Lets one run of the monitor at a time read and push.

If a slow run pushed after a quick one that began later, a counter would fall. To Prometheus, a counter that falls has
started again from 0, and all of it has been counted once more.
"""

from __future__ import annotations

import logging
import os
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.shared.aws import error_code
from lambdas.shared.monitoring_table import TURN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

LEASE_S = 25.0
"""A run that has its turn for longer is over, or has been ended by Lambda."""
_LONGEST_PAUSE_S = 0.2
_REFUSED = "ConditionalCheckFailedException"

logger = logging.getLogger(__name__)


class TurnError(Exception):
    """The run has had its turn for too long to push; the next one may have begun."""


class Turn:
    """The turn of a run, which lasts for `LEASE_S`."""

    def __init__(self) -> None:
        self._ends_at = time.monotonic() + LEASE_S

    def check(self, needed_s: float) -> None:
        """Return if there is time left.

        Raises:
            TurnError: There is not.
        """
        if time.monotonic() + needed_s > self._ends_at:
            raise TurnError(f"reading took longer than {LEASE_S - needed_s:.0f} s: another run may have begun")


class Turns:
    """The turns of all runs, in the monitoring table."""

    def __init__(self, table: str, dynamodb: DynamoDBClient) -> None:
        self._table = table
        self._dynamodb = dynamodb

    @contextmanager
    def take(self) -> Iterator[Turn]:
        """Wait for a turn, and give it back in the end.

        A run that is killed gives back nothing: whoever has seen it have the turn for `LEASE_S` takes it. No clock is
        compared with another one.

        Raises:
            ClientError: DynamoDB refused.
            BotoCoreError: DynamoDB did not answer in time.
        """
        run = os.urandom(8).hex()
        holder, seen_at = "", time.monotonic()
        while True:
            turn = Turn()
            gone = holder if time.monotonic() - seen_at > LEASE_S else ""
            if self._update(
                "SET held_by = :run",
                condition="attribute_not_exists(held_by) OR held_by = :run OR held_by = :gone",
                values={":run": {"S": run}, ":gone": {"S": gone}},
            ):
                break
            if (current := self._holder()) != holder:
                holder, seen_at = current, time.monotonic()
            time.sleep(random.uniform(0, _LONGEST_PAUSE_S))  # noqa: S311 - jitter
        try:
            yield turn
        finally:
            mine = "attribute_not_exists(held_by) OR held_by = :run"
            if not self._update("REMOVE held_by", condition=mine, values={":run": {"S": run}}):
                logger.warning("the run took longer than %.0f s, and another one has begun", LEASE_S)

    def _update(self, expression: str, *, condition: str, values: dict[str, AttributeValueTypeDef]) -> bool:
        """Return whether the condition held."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=TURN.key,
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            if error_code(error) != _REFUSED:
                raise
            return False
        return True

    def _holder(self) -> str:
        found = self._dynamodb.get_item(TableName=self._table, Key=TURN.key, ConsistentRead=True)
        return found.get("Item", {}).get("held_by", {}).get("S", "")
