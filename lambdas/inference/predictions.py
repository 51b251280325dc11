"""Stores predictions in DynamoDB, so that they can take feedback."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from lambdas.shared.aws import AwsError, error_code
from lambdas.shared.items import to_item

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

    from sentiment.schemas.events import PredictionEvent

ITEMS_A_CALL = 25
"""The most that BatchWriteItem takes."""

DEADLINE_S = 5.0
"""No call starts after it; one that has started takes `aws.LONGEST_CALL_S` at most."""
_FIRST_PAUSE_S = 0.05


class StorageError(Exception):
    """Predictions could not be stored; the message says why."""


class PredictionTable:
    """The table of predictions."""

    def __init__(self, name: str, dynamodb: Callable[[], DynamoDBClient]) -> None:
        self._name = name
        self._dynamodb = dynamodb

    def put(self, events: Sequence[PredictionEvent]) -> None:
        """Store all events.

        Raises:
            StorageError: Some could not be stored. Others may be stored, but nobody knows their ids.
        """
        try:
            if len(events) == 1:
                self._dynamodb().put_item(TableName=self._name, Item=to_item(events[0]))
                return
            give_up_at = time.monotonic() + DEADLINE_S
            for first in range(0, len(events), ITEMS_A_CALL):
                self._put_batch(events[first : first + ITEMS_A_CALL], give_up_at)
        except AwsError as error:
            raise StorageError(error_code(error)) from error

    def _put_batch(self, events: Sequence[PredictionEvent], give_up_at: float) -> None:
        """Store up to 25 events; DynamoDB leaves some unprocessed if it is busy, and asks for growing pauses."""
        left: Sequence[WriteRequestTypeDef] = [{"PutRequest": {"Item": to_item(event)}} for event in events]
        pause = _FIRST_PAUSE_S
        while left:
            if time.monotonic() > give_up_at:
                raise StorageError(f"{len(left)} predictions were not stored in time")
            answer = self._dynamodb().batch_write_item(RequestItems={self._name: left})
            left = answer["UnprocessedItems"].get(self._name, [])  # type: ignore[assignment] # read and write forms
            if left:
                if time.monotonic() + pause > give_up_at:
                    raise StorageError(f"{len(left)} predictions stayed unprocessed")
                time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - jitter
                pause *= 2
