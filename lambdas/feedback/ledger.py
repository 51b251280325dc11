"""Records feedback in DynamoDB: the feedback item and its counters change in one transaction."""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from botocore.exceptions import ClientError
from pydantic import ValidationError

from lambdas.feedback.verdict import StoredPrediction, bucket_of, cell_of, true_label, verdict_of
from lambdas.shared.audit_table import draw_of, waiting_key
from lambdas.shared.booking import Refusal, Tables, booking, refusal
from lambdas.shared.feedback_items import from_feedback_item
from lambdas.shared.feedback_keys import feedback_key
from lambdas.shared.items import from_item
from sentiment.clock import utc_now
from sentiment.schemas.bucket import next_shard
from sentiment.schemas.events import FeedbackEvent
from sentiment.schemas.feedback_period import LIFETIME
from sentiment.schemas.prediction_id import made_before

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from sentiment.evaluation.audit_draw import Draw
    from sentiment.reviews.review import Label
    from sentiment.schemas.api import FeedbackOutcome, Verdict
    from sentiment.schemas.events import Source

Read = TypeVar("Read")

DEADLINE_S = 5.0
"""No call starts after it; one that has started takes `aws.LONGEST_CALL_S` at most."""
_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 0.5


class UnknownPredictionError(Exception):
    """There is no such prediction."""


class ExpiredPredictionError(Exception):
    """The prediction is too old to take feedback."""


class DamagedError(Exception):
    """The stored prediction or feedback lacks attributes; the message names them."""


class RaceError(Exception):
    """Others kept giving feedback on the same prediction until there was no time left."""


class CountersBusyError(Exception):
    """Feedback on other predictions kept changing the counters until there was no time left."""


class TooSlowError(Exception):
    """DynamoDB answered so late, or took so little, that there was no time left for another call."""


_GIVEN_UP: dict[Refusal, type[Exception]] = {
    "race": RaceError,
    "counting": CountersBusyError,
    "throttled": TooSlowError,
}


class _Attempts:
    """How long to go on, and the growing random pauses between attempts."""

    def __init__(self) -> None:
        self._give_up_at = time.monotonic() + DEADLINE_S
        self._late: type[Exception] = TooSlowError
        self._pause = _FIRST_PAUSE_S

    def check_time(self, needed_s: float = 0.0) -> None:
        """Raise why there was no success if there is no time left for another call."""
        if time.monotonic() + needed_s > self._give_up_at:
            raise self._late

    def pause_after(self, refused: Refusal) -> None:
        self._late = _GIVEN_UP[refused]
        self.check_time(self._pause)
        time.sleep(random.uniform(0, self._pause))  # noqa: S311 - jitter
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_S)


class _Giver(NamedTuple):
    """Who gives feedback: as what, and under which hashes."""

    source: Source
    rater: str | None
    client: str | None


class Recorded(NamedTuple):
    """What became of feedback.

    Attributes:
        outcome: Whether it is the first one, a changed one, or the same again.
        event: The feedback that counts.
        probability: That of positive, which the model had given.
    """

    outcome: FeedbackOutcome
    event: FeedbackEvent
    probability: float


class Ledger:
    """Feedback and its counters."""

    def __init__(
        self, tables: Tables, dynamodb: Callable[[], DynamoDBClient], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._tables = tables
        self._dynamodb = dynamodb
        self._now = now

    def record(self, prediction_id: str, verdict: Verdict, rater: str | None, client: str | None = None) -> Recorded:
        """Record anybody's verdict; the same verdict again changes nothing.

        A reviewer's label on the same prediction is another item: neither takes the other's place.

        Raises:
            UnknownPredictionError: There is no such prediction.
            ExpiredPredictionError: It is too old.
            DamagedError: The stored prediction or feedback lacks attributes.
            RaceError: Others kept giving feedback on the same prediction; it is safe to try again.
            CountersBusyError: The counters stayed in use; it is safe to try again.
            TooSlowError: DynamoDB answered too late or took too little; it is safe to try again.
            ClientError: DynamoDB refused a call.
            BotoCoreError: DynamoDB did not answer; it is safe to try again.
        """
        return self._record(prediction_id, _Giver("voluntary", rater, client), lambda _predicted: verdict)

    def review(self, prediction_id: str, label: Label, rater: str | None, client: str | None = None) -> Recorded:
        """Record a reviewer's label, and take the prediction off the list of what waits for one.

        The same label again changes nothing. Raises what `record` raises.
        """
        reviewer = _Giver("reviewer", rater, client)
        return self._record(prediction_id, reviewer, lambda predicted: verdict_of(predicted, label))

    def _record(self, prediction_id: str, giver: _Giver, verdict_on: Callable[[Label], Verdict]) -> Recorded:
        """Record a verdict on the predicted label.

        After a lost race it reads the items again. If only the counters were in use, it writes again: the first
        feedback on a prediction to the next shard.
        """
        attempts = _Attempts()
        while True:
            prediction = self._prediction(prediction_id)
            attempts.check_time()
            seen = self._seen(prediction_id, giver.source)
            verdict = verdict_on(prediction.label)
            if seen and seen.verdict == verdict:
                return Recorded("repeated", seen, prediction.probability)
            attempts.check_time()
            event = self._event(prediction_id, prediction, verdict, giver, seen)
            attempts.check_time()
            if written := self._book(event, seen, attempts):
                return Recorded("changed" if seen else "recorded", written, prediction.probability)

    def _book(self, event: FeedbackEvent, seen: FeedbackEvent | None, attempts: _Attempts) -> FeedbackEvent | None:
        """Write the event until only a race can prevent it; return it with its bucket, None after a lost race."""
        while refused := self._write(event, seen):
            attempts.pause_after(refused)
            if refused == "race":
                return None
            if refused == "counting" and seen is None:
                event = event.model_copy(update={"bucket": next_shard(event.bucket)})
        return event

    def _prediction(self, prediction_id: str) -> StoredPrediction:
        now = self._now()
        item = (
            self._dynamodb()
            .get_item(
                TableName=self._tables.predictions,
                Key={"prediction_id": {"S": prediction_id}},
                ConsistentRead=True,
                ProjectionExpression="#label, probability, model_version, audit, expires_at",
                ExpressionAttributeNames={"#label": "label"},
            )
            .get("Item")
        )
        if item is None:
            if made_before(prediction_id, now - LIFETIME):
                raise ExpiredPredictionError
            raise UnknownPredictionError
        prediction = _read("prediction", partial(from_item, StoredPrediction), item)
        if prediction.expires_at <= now.timestamp():  # DynamoDB deletes an expired item within days, not at once
            raise ExpiredPredictionError
        return prediction

    def _seen(self, prediction_id: str, source: Source) -> FeedbackEvent | None:
        key = feedback_key(prediction_id, source)
        item = self._dynamodb().get_item(TableName=self._tables.feedback, Key=key, ConsistentRead=True).get("Item")
        return _read("feedback", from_feedback_item, item) if item else None

    def _event(
        self,
        prediction_id: str,
        prediction: StoredPrediction,
        verdict: Verdict,
        giver: _Giver,
        seen: FeedbackEvent | None,
    ) -> FeedbackEvent:
        """Return the event; a changed verdict stays in the hour of the first, and is later by any clock."""
        now = self._now()
        return FeedbackEvent(
            prediction_id=prediction_id,
            verdict=verdict,
            label=true_label(prediction.label, verdict),
            predicted=prediction.label,
            model_version=prediction.model_version,
            audit=prediction.audit,
            rater=giver.rater,
            client=giver.client,
            source=giver.source,
            draw=self._draw(prediction_id, giver, seen),
            bucket=_bucket(prediction_id, prediction, giver.source, seen, now),
            cell=cell_of(prediction.label, verdict),
            created_at=seen.created_at if seen else now,
            updated_at=max(now, seen.updated_at + timedelta(milliseconds=1)) if seen else now,
            revision=seen.revision + 1 if seen else 1,
        )

    def _draw(self, prediction_id: str, giver: _Giver, seen: FeedbackEvent | None) -> Draw | None:
        """Return the draw for which a reviewer was asked: the entry is there until the first label."""
        if giver.source != "reviewer" or seen:
            return seen.draw if seen else None
        item = (
            self._dynamodb()
            .get_item(
                TableName=self._tables.audit,
                Key=waiting_key(prediction_id),
                ConsistentRead=True,
                ProjectionExpression="listed_in",
            )
            .get("Item")
        )
        return draw_of(item) if item else None

    def _write(self, event: FeedbackEvent, seen: FeedbackEvent | None) -> Refusal | None:
        """Write the event, and return why it was refused; None if it was written."""
        prediction_exists: TransactWriteItemTypeDef = {
            "ConditionCheck": {
                "TableName": self._tables.predictions,
                "Key": {"prediction_id": {"S": event.prediction_id}},
                "ConditionExpression": "attribute_exists(prediction_id)",
            }
        }
        writes = [prediction_exists, *booking(self._tables, event, seen)]
        try:
            self._dynamodb().transact_write_items(TransactItems=writes)
        except ClientError as error:
            refused = refusal(self._tables, error, writes)
            if refused is None:
                raise
            return refused
        return None


def _bucket(
    prediction_id: str, prediction: StoredPrediction, source: Source, seen: FeedbackEvent | None, now: datetime
) -> str:
    """Return where feedback counts: where it did, but for thumbs that earlier versions counted as audited."""
    if seen and (source == "reviewer" or "#audit" not in seen.bucket):
        return seen.bucket
    return bucket_of(prediction_id, prediction, source, seen.created_at if seen else now)


def _read(what: str, read: Callable[[Mapping[str, Any]], Read], item: Mapping[str, Any]) -> Read:
    try:
        return read(item)
    except ValidationError as error:
        wrong = sorted({str(one["loc"][0]) for one in error.errors()})
        raise DamagedError(f"the stored {what} is damaged: {', '.join(wrong)}") from error
