"""Sums of the quality counters by UTC day, kept in the monitoring table so that a run reads little.

A day has up to a thousand counters, and each can still change: a changed verdict is counted in the hour of the first
one. A run reads the counters of the days that no run has read since they ended or since somebody said that they had
changed, and those of one earlier day in turn; of all other days it reads the sums that a run before kept.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from lambdas.shared.aws import error_code
from lambdas.shared.monitoring_table import QUALITY, Entry
from sentiment.clock import CLOCKS_DIFFER
from sentiment.evaluation.live_quality import Cells
from sentiment.schemas.bucket import BY_DAY, without_shard

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 5
_CELLS = Cells._fields
_REFUSED = "ConditionalCheckFailedException"


class Bucket(NamedTuple):
    """What quality is summed by.

    Attributes:
        hour: UTC hour of the first feedback, `YYYY-MM-DDTHH`.
        model_version: The version that predicted.
        source: `voluntary`, `audit` or `reviewed`.
    """

    hour: str
    model_version: str
    source: str


class _Day(NamedTuple):
    """What is kept of a day.

    Attributes:
        sums: The cells of each bucket.
        revision: Counts up with each change; 0 if nothing is kept.
        ended: Whether the day had ended when the counters were read, and none of them is known to have changed since.
    """

    sums: dict[str, Cells]
    revision: int
    ended: bool


_NEVER_READ = _Day({}, 0, ended=False)


class QualityDays:
    """The sums of all days."""

    def __init__(self, quality_table: str, monitoring_table: str, dynamodb: DynamoDBClient) -> None:
        self._quality_table = quality_table
        self._monitoring_table = monitoring_table
        self._dynamodb = dynamodb

    def changed(self, days: Iterable[date]) -> None:
        """Have the counters of these days read again, by whichever run is the next to read.

        Raises:
            ClientError: DynamoDB refused a call.
            BotoCoreError: DynamoDB did not answer in time.
        """
        for day in days:
            try:
                self._dynamodb.update_item(
                    TableName=self._monitoring_table,
                    Key=_entry(day).key,
                    UpdateExpression="SET ended = :no ADD revision :one",
                    ConditionExpression="attribute_exists(revision)",
                    ExpressionAttributeValues={":no": {"BOOL": False}, ":one": {"N": "1"}},
                )
            except ClientError as error:
                if error_code(error) != _REFUSED:  # nothing is kept, so it will be read
                    raise

    def read(self, since: date, now: datetime) -> dict[Bucket, Cells]:
        """Return the cells of each bucket from a day on.

        Args:
            since: The first day.
            now: The time; buckets of the day after it are read too, for a clock that is ahead.

        Raises:
            ClientError: DynamoDB refused a call.
            BotoCoreError: DynamoDB did not answer in time.
        """
        days = [since + timedelta(days=n) for n in range((now.date() - since).days + 2)]
        kept = dict.fromkeys(days, _NEVER_READ) | self._kept(days[0], days[-1])
        in_turn = days[int(now.timestamp() // 60) % len(days)]
        for day in days:
            if day == in_turn or not kept[day].ended:
                ended = day < (now - CLOCKS_DIFFER).date()
                kept[day] = self._refreshed(day, kept[day], ended=ended)
        return {Bucket(*name.split("#")): cells for day in kept.values() for name, cells in day.sums.items()}

    def _refreshed(self, day: date, known: _Day, *, ended: bool) -> _Day:
        """Return the sums of a day as the counters have them, and keep them if they differ from what is kept.

        Where another run kept sums meanwhile, those may be newer than what was read here: the counters are read again.
        """
        for _ in range(_ATTEMPTS):
            sums = self._summed(day)
            if known.revision and sums == known.sums and known.ended >= ended:
                return known
            try:
                return self._keep(day, _Day(sums, known.revision + 1, ended))
            except ClientError as error:
                if error_code(error) != _REFUSED:
                    raise
                known = self._kept_day(day)
        return _Day(self._summed(day), known.revision, ended)

    def _summed(self, day: date) -> dict[str, Cells]:
        sums: dict[str, Cells] = {}
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._quality_table,
            IndexName=BY_DAY,
            KeyConditionExpression="utc_day = :day",
            ExpressionAttributeValues={":day": {"S": day.isoformat()}},
        )
        for page in pages:
            for item in page["Items"]:
                bucket = without_shard(item["bucket"]["S"])
                cells = Cells(*(int(item[cell]["N"]) if cell in item else 0 for cell in _CELLS))
                sums[bucket] = sums.get(bucket, Cells()).plus(cells)
        return sums

    def _kept(self, first: date, last: date) -> dict[date, _Day]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._monitoring_table,
            KeyConditionExpression="series = :series AND entry BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":series": {"S": QUALITY},
                ":first": {"S": first.isoformat()},
                ":last": {"S": last.isoformat()},
            },
            ConsistentRead=True,
        )
        return {date.fromisoformat(item["entry"]["S"]): _day_of(item) for page in pages for item in page["Items"]}

    def _kept_day(self, day: date) -> _Day:
        found = self._dynamodb.get_item(TableName=self._monitoring_table, Key=_entry(day).key, ConsistentRead=True)
        return _day_of(found["Item"])

    def _keep(self, day: date, sums: _Day) -> _Day:
        """Keep sums, on condition that those of the revision before are kept: none before the first."""
        self._dynamodb.put_item(
            TableName=self._monitoring_table,
            Item={
                **_entry(day).key,
                "sums": {"S": json.dumps(sums.sums, separators=(",", ":"))},
                "revision": {"N": str(sums.revision)},
                "ended": {"BOOL": sums.ended},
            },
            ConditionExpression="revision = :before OR (attribute_not_exists(revision) AND :before = :none)",
            ExpressionAttributeValues={":before": {"N": str(sums.revision - 1)}, ":none": {"N": "0"}},
        )
        return sums


def _entry(day: date) -> Entry:
    return Entry(QUALITY, day.isoformat())


def _day_of(item: dict[str, Any]) -> _Day:
    sums = {name: Cells(*cells) for name, cells in json.loads(item["sums"]["S"]).items()}
    return _Day(sums, int(item["revision"]["N"]), item.get("ended", {}).get("BOOL", False))
