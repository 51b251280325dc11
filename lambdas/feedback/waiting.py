"""What waits for a reviewer's label, a page at a time: from the audit table's index, so that nothing is scanned.

The draws come in their order (`sentiment.evaluation.audit_draw.DRAWS`), in each the newest day first, in a day every
client's first places first. A client is listed up to its share of each hour (`sentiment.evaluation.audit_draw.places`).
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from lambdas.feedback.ledger import DEADLINE_S, TooSlowError
from lambdas.shared.audit_table import (
    INDEX,
    LISTED_DAYS,
    Counted,
    Waiting,
    before_place,
    counted_of,
    counter_list,
    index_key,
    waiting_list,
    waiting_of,
)
from lambdas.shared.items import from_item
from sentiment.clock import utc_now
from sentiment.evaluation.audit_draw import DRAWS, places
from sentiment.schemas.api import AuditAnswer, WaitingAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from lambdas.shared.booking import Tables
    from sentiment.evaluation.audit_draw import Draw

logger = logging.getLogger(__name__)

LONGEST_READ = 500
"""Entries of which a page is made at most; those above a client's share are passed over."""


class _Found(NamedTuple):
    """An entry and the list that it was found in."""

    draw: Draw
    day: str
    waiting: Waiting


class WaitingList:
    """Reads the list of one loop."""

    def __init__(
        self, tables: Tables, dynamodb: Callable[[], DynamoDBClient], now: Callable[[], datetime] = utc_now
    ) -> None:
        self._tables = tables
        self._dynamodb = dynamodb
        self._now = now

    def page(self, limit: int, after: str | None = None, draw: Draw | None = None) -> AuditAnswer:
        """Return up to `limit` texts after a cursor, of one draw or all.

        Fewer do not mean that it is the last page, only no cursor does.

        Raises:
            TooSlowError: DynamoDB answered too late.
            ClientError: DynamoDB refused a call.
            BotoCoreError: DynamoDB did not answer.
        """
        reading = _Reading(self._dynamodb(), self._tables, time.monotonic() + DEADLINE_S)
        found: list[_Found] = []
        cursor = None
        for number, one in enumerate(reading.entries(self._now(), after, DRAWS if draw is None else (draw,)), start=1):
            if one.waiting.place <= reading.places_of(one):
                found.append(one)
            if len(found) == limit or number == LONGEST_READ:
                cursor = _cursor(one)
                break
        return AuditAnswer(waiting=reading.texts(found), next=cursor)


class _Reading:
    """The calls of one page, all before a deadline."""

    def __init__(self, dynamodb: DynamoDBClient, tables: Tables, give_up_at: float) -> None:
        self._dynamodb = dynamodb
        self._tables = tables
        self._give_up_at = give_up_at
        self._counted: dict[tuple[Draw, str], list[Counted]] = {}
        self._places: dict[tuple[Draw, str], dict[tuple[str, str], int]] = {}

    def entries(self, now: datetime, after: str | None, draws: Sequence[Draw]) -> Iterator[_Found]:
        """Yield the entries after a cursor, in the order of the list."""
        days = [f"{now - timedelta(days=ago):%Y-%m-%d}" for ago in range(LISTED_DAYS)]
        left = [(draw, day) for draw in draws for day in days]
        start: dict[str, AttributeValueTypeDef] | None = None
        if after is not None:
            after_draw, after_day, place, hour, client, entry = after.split("~")
            left = [one for one in left if _order(*one) >= _order(after_draw, after_day)]
            if left and left[0] == (after_draw, after_day):
                start = index_key(*left[0], Waiting(entry, int(place), hour, client))
        for draw, day in left:
            for item in self._query(waiting_list(draw, day), up_to=self._most_places(draw, day), start=start):
                yield _Found(draw, day, waiting_of(item))
            start = None

    def places_of(self, one: _Found) -> int:
        """Return the share of an entry's client in its hour; none if its counter is not there yet."""
        return self._shares(one.draw, one.day).get((one.waiting.hour, one.waiting.client), 0)

    def texts(self, found: Sequence[_Found]) -> list[WaitingAnswer]:
        """Return the predictions of entries, without those that have expired."""
        keys = [{"prediction_id": {"S": one.waiting.prediction_id}} for one in found]
        items: dict[str, Mapping[str, Any]] = {}
        while keys:
            self._check_time()
            answer = self._dynamodb.batch_get_item(
                RequestItems={
                    self._tables.predictions: {
                        "Keys": keys,
                        "ProjectionExpression": "prediction_id, #text, product_id, created_at",
                        "ExpressionAttributeNames": {"#text": "text"},
                    }
                }
            )
            items |= {item["prediction_id"]["S"]: item for item in answer["Responses"][self._tables.predictions]}
            keys = answer["UnprocessedKeys"].get(self._tables.predictions, {"Keys": []})["Keys"]  # type: ignore[assignment] # read and write forms
        answers = []
        for one in found:
            item = items.get(one.waiting.prediction_id)
            if item is None:
                continue
            try:
                answers.append(from_item(WaitingAnswer, {**item, "draw": {"S": one.draw}}))
            except ValidationError:
                logger.error("prediction %s is damaged: it cannot be reviewed", one.waiting.prediction_id)  # noqa: TRY400 - no traceback of stored texts
        return answers

    def _most_places(self, draw: Draw, day: str) -> int:
        return max(self._shares(draw, day).values(), default=0)

    def _shares(self, draw: Draw, day: str) -> dict[tuple[str, str], int]:
        """Return each client's places by hour and client. A client is alone if nobody else came that day or before."""
        if (draw, day) not in self._places:
            today = self._count(draw, day)
            lately = {one.client for one in (*today, *self._count(draw, _day_before(day)))}
            by_hour: defaultdict[str, dict[str, int]] = defaultdict(dict)
            for one in today:
                by_hour[one.hour][one.client] = one.drawn
            self._places[draw, day] = {
                (hour, client): number
                for hour, drawn in by_hour.items()
                for client, number in places(drawn, alone=len(lately) == 1).items()
            }
        return self._places[draw, day]

    def _count(self, draw: Draw, day: str) -> list[Counted]:
        if (draw, day) not in self._counted:
            self._counted[draw, day] = [counted_of(item) for item in self._query(counter_list(draw, day))]
        return self._counted[draw, day]

    def _query(
        self, name: str, *, up_to: int | None = None, start: dict[str, AttributeValueTypeDef] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Yield the items of a list in the order of places, up to a place."""
        if up_to == 0:
            return
        values: dict[str, AttributeValueTypeDef] = {":name": {"S": name}}
        condition = "listed_in = :name"
        if up_to is not None:
            condition += " AND place < :end"
            values[":end"] = before_place(up_to + 1)
        more: dict[str, Any] = {"ExclusiveStartKey": start} if start else {}
        while True:
            self._check_time()
            answer = self._dynamodb.query(
                TableName=self._tables.audit,
                IndexName=INDEX,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                Limit=LONGEST_READ,
                **more,
            )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _check_time(self) -> None:
        if time.monotonic() > self._give_up_at:
            raise TooSlowError


def _order(draw: str, day: str) -> tuple[int, int]:
    """Sort key of a list: the draws in their order, in each the newest day first."""
    return [str(one) for one in DRAWS].index(draw), -int(day.replace("-", ""))


def _day_before(day: str) -> str:
    return f"{datetime.fromisoformat(day) - timedelta(days=1):%Y-%m-%d}"


def _cursor(one: _Found) -> str:
    waiting = one.waiting
    return f"{one.draw}~{one.day}~{waiting.place:04d}~{waiting.hour}~{waiting.client}~{waiting.prediction_id}"
