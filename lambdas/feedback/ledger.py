"""Books feedback: the feedback item and the quality counters change in one transaction, or neither does."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError
from pydantic import ValidationError

from lambdas.feedback.judgement import Judged, bucket_of, cell_of, true_label
from lambdas.shared.booking import Tables, booking, is_lost_race
from lambdas.shared.items import from_item
from sentiment.clock import utc_now
from sentiment.schemas.events import FeedbackEvent
from sentiment.schemas.prediction_id import LIFETIME, made_before

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from lambdas.shared.items import Event
    from sentiment.schemas.api import Verdict

Outcome = Literal["recorded", "repeated", "changed"]

DEADLINE_S = 5.0
"""After it no call is begun; one that was begun takes `aws.LONGEST_CALL_S` at most."""
_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.5


class UnknownPredictionError(Exception):
    """There is no such prediction."""


class ExpiredPredictionError(Exception):
    """The prediction is too old to take feedback."""


class DamagedError(Exception):
    """What is stored of the prediction, or of its feedback, lacks something; the message says what."""


class BusyError(Exception):
    """Others write to the same items so often that this one did not get through in time."""


class TooSlowError(Exception):
    """DynamoDB answers, but so late that there is no time left for another call."""


class Ledger:
    """The tables of feedback and its counters."""

    def __init__(
        self, tables: Tables, dynamodb: Callable[[], DynamoDBClient], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._tables = tables
        self._dynamodb = dynamodb
        self._now = now

    def record(self, prediction_id: str, verdict: Verdict, rater: str | None) -> tuple[Outcome, FeedbackEvent]:
        """Book a verdict; the same verdict again changes nothing.

        Whoever loses a race looks again at what is there, and decides anew.

        Raises:
            UnknownPredictionError: There is no such prediction.
            ExpiredPredictionError: It is too old.
            DamagedError: What is stored of it cannot be judged.
            BusyError: It could not be booked in time; it is safe to ask again.
            TooSlowError: The same.
            ClientError: DynamoDB says no.
            BotoCoreError: DynamoDB does not answer; it is safe to ask again.
        """
        give_up_at = time.monotonic() + DEADLINE_S
        late: type[Exception] = TooSlowError
        pause = _FIRST_PAUSE_S
        while True:
            judged = self._judged(prediction_id)
            _check_time(give_up_at, late)
            seen = self._seen(prediction_id)
            if seen and seen.verdict == verdict:
                return "repeated", seen
            event = self._event(prediction_id, judged, verdict, rater, seen)
            _check_time(give_up_at, late)
            if self._write(event, seen):
                return ("changed" if seen else "recorded"), event
            late = BusyError
            _check_time(give_up_at - pause, late)
            time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _judged(self, prediction_id: str) -> Judged:
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
        judged = _read("prediction", Judged, item)
        if judged.expires_at <= now.timestamp():  # DynamoDB deletes an expired item within days, not at once
            raise ExpiredPredictionError
        return judged

    def _seen(self, prediction_id: str) -> FeedbackEvent | None:
        key = {"prediction_id": {"S": prediction_id}}
        item = self._dynamodb().get_item(TableName=self._tables.feedback, Key=key, ConsistentRead=True).get("Item")
        return _read("feedback", FeedbackEvent, item) if item else None

    def _event(
        self,
        prediction_id: str,
        judged: Judged,
        verdict: Verdict,
        rater: str | None,
        seen: FeedbackEvent | None,
    ) -> FeedbackEvent:
        """A changed mind stays in the bucket that first counted it, and is later on any clock."""
        now = self._now()
        return FeedbackEvent(
            prediction_id=prediction_id,
            verdict=verdict,
            label=true_label(judged.label, verdict),
            predicted=judged.label,
            model_version=judged.model_version,
            audit=judged.audit,
            rater=rater,
            bucket=seen.bucket if seen else bucket_of(judged, now),
            cell=cell_of(judged.label, verdict),
            created_at=seen.created_at if seen else now,
            updated_at=max(now, seen.updated_at + timedelta(milliseconds=1)) if seen else now,
            revision=seen.revision + 1 if seen else 1,
        )

    def _write(self, event: FeedbackEvent, seen: FeedbackEvent | None) -> bool:
        """Tell whether it was written; if not, somebody else was faster."""
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
