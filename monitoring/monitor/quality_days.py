"""Sums of the quality counters by UTC day, kept in the monitoring table so that a run reads little.

A day has up to a thousand counters, and each can still change: a changed verdict is counted in the hour of the first
one. A run reads the current day's counters, those of the days that it is told of, and those of one earlier day in
turn; of all other days it reads the sums that a run before kept.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from lambdas.shared.aws import error_code
from lambdas.shared.monitoring_table import QUALITY, Entry
from sentiment.evaluation.live_quality import Cells
from sentiment.schemas.bucket import BY_DAY, without_shard

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 5
_CELLS = Cells._fields


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
    sums: dict[str, Cells]
    revision: int


_NEVER_READ = _Day({}, 0)


class QualityDays:
    """The sums of all days."""

    def __init__(self, quality_table: str, monitoring_table: str, dynamodb: DynamoDBClient) -> None:
        self._quality_table = quality_table
        self._monitoring_table = monitoring_table
        self._dynamodb = dynamodb

    def read(self, since: date, now: datetime, changed: Collection[date]) -> dict[Bucket, Cells]:
        """Return the cells of each bucket from a day on.

        Args:
            since: The first day.
            now: The time; buckets of the day after it are read too, for a clock that is ahead.
            changed: Days in which a counter has changed since the last run.

        Raises:
            ClientError: DynamoDB refused a call.
            BotoCoreError: DynamoDB did not answer in time.
        """
        today = now.date()
        days = [since + timedelta(days=n) for n in range((today - since).days + 2)]
        kept = self._kept(days[0], days[-1])
        in_turn = days[int(now.timestamp() // 60) % len(days)]
        hour_ago = (now - timedelta(hours=1)).date()  # yesterday, just after midnight: clocks differ
        to_read = {hour_ago, *days[-2:], in_turn, *changed} | {day for day in days if day.isoformat() not in kept}
        for day in sorted(to_read & set(days)):
            kept[day.isoformat()] = self._refreshed(day.isoformat(), kept.get(day.isoformat(), _NEVER_READ))
        return {Bucket(*name.split("#")): cells for day in kept.values() for name, cells in day.sums.items()}

    def _refreshed(self, day: str, known: _Day) -> _Day:
        """Return the sums of a day as the counters have them, and keep them if they differ from what is kept.

        Where another run kept sums meanwhile, those may be newer than what was read here: the counters are read again.
        """
        for _ in range(_ATTEMPTS):
            sums = self._summed(day)
            if sums == known.sums and known.revision:
                return known
            try:
                return self._keep(day, _Day(sums, known.revision + 1))
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                known = self._kept_day(day)
        return _Day(self._summed(day), known.revision)

    def _summed(self, day: str) -> dict[str, Cells]:
        sums: dict[str, Cells] = {}
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._quality_table,
            IndexName=BY_DAY,
            KeyConditionExpression="utc_day = :day",
            ExpressionAttributeValues={":day": {"S": day}},
        )
        for page in pages:
            for item in page["Items"]:
                bucket = without_shard(item["bucket"]["S"])
                cells = Cells(*(int(item[cell]["N"]) if cell in item else 0 for cell in _CELLS))
                sums[bucket] = sums.get(bucket, Cells()).plus(cells)
        return sums

    def _kept(self, first: date, last: date) -> dict[str, _Day]:
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
        return {item["entry"]["S"]: _day_of(item) for page in pages for item in page["Items"]}

    def _kept_day(self, day: str) -> _Day:
        key = Entry(QUALITY, day).key
        found = self._dynamodb.get_item(TableName=self._monitoring_table, Key=key, ConsistentRead=True)
        return _day_of(found["Item"])

    def _keep(self, day: str, sums: _Day) -> _Day:
        """Keep sums, on condition that those of the revision before are kept: none before the first."""
        self._dynamodb.put_item(
            TableName=self._monitoring_table,
            Item={
                **Entry(QUALITY, day).key,
                "sums": {"S": json.dumps(sums.sums, separators=(",", ":"))},
                "revision": {"N": str(sums.revision)},
            },
            ConditionExpression="revision = :before OR (attribute_not_exists(revision) AND :before = :none)",
            ExpressionAttributeValues={":before": {"N": str(sums.revision - 1)}, ":none": {"N": "0"}},
        )
        return sums


def _day_of(item: dict[str, Any]) -> _Day:
    return _Day(
        {name: Cells(*cells) for name, cells in json.loads(item["sums"]["S"]).items()}, int(item["revision"]["N"])
    )
