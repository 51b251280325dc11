"""Stores predictions in DynamoDB, so that they can take feedback, and lists the audited ones for reviewers."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from lambdas.shared.audit_table import audited_item
from lambdas.shared.aws import AwsError, error_code
from lambdas.shared.items import to_item

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, WriteRequestTypeDef

    from sentiment.schemas.events import PredictionEvent

ITEMS_A_CALL = 25
"""The most that BatchWriteItem takes."""
AUDITED_A_CALL = 50
"""Half of the most that TransactWriteItems takes: each is two items."""

DEADLINE_S = 5.0
"""No call starts after it; one that has started takes `aws.LONGEST_CALL_S` at most."""
_FIRST_PAUSE_S = 0.05


class StorageError(Exception):
    """Predictions could not be stored; the message says why."""


class PredictionTable:
    """The table of predictions, and the audit table with what waits for a reviewer's label."""

    def __init__(self, name: str, audit: str, dynamodb: Callable[[], DynamoDBClient]) -> None:
        self._name = name
        self._audit = audit
        self._dynamodb = dynamodb

    def put(self, events: Sequence[PredictionEvent]) -> None:
        """Store all events, each audited one in one transaction with its entry in the audit table.

        Raises:
            StorageError: Some could not be stored. Others may be stored, but nobody knows their ids.
        """
        try:
            if len(events) == 1 and events[0].audit_place is None:
                self._dynamodb().put_item(TableName=self._name, Item=to_item(events[0]))
                return
            give_up_at = time.monotonic() + DEADLINE_S
            audited = [(event, event.audit_place) for event in events if event.audit_place is not None]
            others = [event for event in events if event.audit_place is None]
            for first in range(0, len(audited), AUDITED_A_CALL):
                self._put_audited(audited[first : first + AUDITED_A_CALL], give_up_at)
            for first in range(0, len(others), ITEMS_A_CALL):
                self._put_batch(others[first : first + ITEMS_A_CALL], give_up_at)
        except AwsError as error:
            raise StorageError(error_code(error)) from error

    def _put_audited(self, placed: Sequence[tuple[PredictionEvent, int]], give_up_at: float) -> None:
        """Store up to 50 events and their entries at these places, all or none."""
        if time.monotonic() > give_up_at:
            raise StorageError(f"{len(placed)} predictions were not stored in time")
        writes: list[TransactWriteItemTypeDef] = []
        for event, place in placed:
            writes.append({"Put": {"TableName": self._name, "Item": to_item(event)}})
            writes.append({"Put": {"TableName": self._audit, "Item": audited_item(event, place)}})
        self._dynamodb().transact_write_items(TransactItems=writes)

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
