"""Records feedback in DynamoDB: the feedback item and its counters change in one transaction."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError
from pydantic import ValidationError

from lambdas.feedback.verdict import StoredPrediction, bucket_of, cell_of, true_label
from lambdas.shared.booking import Tables, booking, is_lost_race
from lambdas.shared.items import from_item
from sentiment.clock import utc_now
from sentiment.schemas.events import FeedbackEvent
from sentiment.schemas.feedback_period import LIFETIME
from sentiment.schemas.prediction_id import made_before

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from lambdas.shared.items import Event
    from sentiment.schemas.api import Verdict

Outcome = Literal["recorded", "repeated", "changed"]

DEADLINE_S = 5.0
"""No call starts after it; one that has started takes `aws.LONGEST_CALL_S` at most."""
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5


class UnknownPredictionError(Exception):
    """There is no such prediction."""


class ExpiredPredictionError(Exception):
    """The prediction is too old to take feedback."""


class DamagedError(Exception):
    """The stored prediction or feedback lacks attributes; the message names them."""


class BusyError(Exception):
    """Others kept writing to the same items until there was no time left."""


class TooSlowError(Exception):
    """DynamoDB answered so late that there was no time left for another call."""


class Ledger:
    """Feedback and its counters."""

    def __init__(
        self, tables: Tables, dynamodb: Callable[[], DynamoDBClient], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._tables = tables
        self._dynamodb = dynamodb
        self._now = now

    def record(self, prediction_id: str, verdict: Verdict, rater: str | None) -> tuple[Outcome, FeedbackEvent]:
        """Record a verdict; the same verdict again changes nothing.

        After a lost race it reads the items again.

        Raises:
            UnknownPredictionError: There is no such prediction.
            ExpiredPredictionError: It is too old.
            DamagedError: The stored prediction or feedback lacks attributes.
            BusyError: Others kept writing to the same items; it is safe to try again.
            TooSlowError: DynamoDB answered too late; it is safe to try again.
            ClientError: DynamoDB refused a call.
            BotoCoreError: DynamoDB did not answer; it is safe to try again.
        """
        give_up_at = time.monotonic() + DEADLINE_S
        late: type[Exception] = TooSlowError
        pause = _FIRST_PAUSE_S
        while True:
            prediction = self._prediction(prediction_id)
            _check_time(give_up_at, late)
            seen = self._seen(prediction_id)
            if seen and seen.verdict == verdict:
                return "repeated", seen
            event = self._event(prediction_id, prediction, verdict, rater, seen)
            _check_time(give_up_at, late)
            if self._write(event, seen):
                return ("changed" if seen else "recorded"), event
            late = BusyError
            _check_time(give_up_at - pause, late)
            time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _prediction(self, prediction_id: str) -> StoredPrediction:
        now = self._now()
        item = (
            self._dynamodb()
            .get_item(
                TableName=self._tables.predictions,
                Key={"prediction_id": {"S": prediction_id}},
                ConsistentRead=True,
                ProjectionExpression="#label, model_version, audit, expires_at",
                ExpressionAttributeNames={"#label": "label"},
            )
            .get("Item")
        )
        if item is None:
            if made_before(prediction_id, now - LIFETIME):
                raise ExpiredPredictionError
            raise UnknownPredictionError
        prediction = _read("prediction", StoredPrediction, item)
        if prediction.expires_at <= now.timestamp():  # DynamoDB deletes an expired item within days, not at once
            raise ExpiredPredictionError
        return prediction

    def _seen(self, prediction_id: str) -> FeedbackEvent | None:
        key = {"prediction_id": {"S": prediction_id}}
        item = self._dynamodb().get_item(TableName=self._tables.feedback, Key=key, ConsistentRead=True).get("Item")
        return _read("feedback", FeedbackEvent, item) if item else None

    def _event(
        self,
        prediction_id: str,
        prediction: StoredPrediction,
        verdict: Verdict,
        rater: str | None,
        seen: FeedbackEvent | None,
    ) -> FeedbackEvent:
        """Return the event; a changed verdict keeps its bucket, and is later by any clock."""
        now = self._now()
        return FeedbackEvent(
            prediction_id=prediction_id,
            verdict=verdict,
            label=true_label(prediction.label, verdict),
            predicted=prediction.label,
            model_version=prediction.model_version,
            audit=prediction.audit,
            rater=rater,
            bucket=seen.bucket if seen else bucket_of(prediction, now),
            cell=cell_of(prediction.label, verdict),
            created_at=seen.created_at if seen else now,
            updated_at=max(now, seen.updated_at + timedelta(milliseconds=1)) if seen else now,
            revision=seen.revision + 1 if seen else 1,
        )

    def _write(self, event: FeedbackEvent, seen: FeedbackEvent | None) -> bool:
        """Write the event unless somebody else was faster, and return whether it was written."""
        prediction_exists: TransactWriteItemTypeDef = {
            "ConditionCheck": {
                "TableName": self._tables.predictions,
                "Key": {"prediction_id": {"S": event.prediction_id}},
                "ConditionExpression": "attribute_exists(prediction_id)",
            }
        }
        try:
            self._dynamodb().transact_write_items(
                TransactItems=[prediction_exists, *booking(self._tables, event, seen)]
            )
        except ClientError as error:
            if not is_lost_race(error):
                raise
            return False
        return True


def _read(what: str, kind: type[Event], item: Mapping[str, Any]) -> Event:
    try:
        return from_item(kind, item)
    except ValidationError as error:
        wrong = sorted({str(one["loc"][0]) for one in error.errors()})
        raise DamagedError(f"the stored {what} is damaged: {', '.join(wrong)}") from error


def _check_time(give_up_at: float, late: type[Exception]) -> None:
    if time.monotonic() > give_up_at:
        raise late
