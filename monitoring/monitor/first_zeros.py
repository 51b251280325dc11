"""Pushes each counter as 0 before its first value: to Prometheus, a series that begins at 5 has not increased.

A version that is promoted predicts before the monitor knows of it, and a monitor that did not run for hours finds
whatever was counted meanwhile.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lambdas.shared.monitoring_table import ZEROS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

    from monitoring.monitor.figures import Sample

SCRAPED_WITHIN_S = 15.0
"""Prometheus has asked the pushgateway again by then."""


class FirstZeros:
    """When each counter was first pushed, in the monitoring table. One run at a time may use it."""

    def __init__(self, table: str, dynamodb: DynamoDBClient) -> None:
        self._table = table
        self._dynamodb = dynamodb

    def read(self) -> dict[str, float]:
        """Return when each counter was first pushed, in seconds, by its name and labels.

        Raises:
            ClientError: DynamoDB refused a call.
            BotoCoreError: DynamoDB did not answer in time.
        """
        found = self._dynamodb.get_item(TableName=self._table, Key=ZEROS.key, ConsistentRead=True)
        first: dict[str, float] = json.loads(found["Item"]["pushed"]["S"]) if "Item" in found else {}
        return first

    def keep(self, first: dict[str, float], pushed: Iterable[Sample], now: float) -> None:
        """Note the counters that were pushed, and forget those that are no more.

        Raises:
            ClientError: DynamoDB refused a call.
            BotoCoreError: DynamoDB did not answer in time.
        """
        names = [_name(sample) for sample in pushed if sample.metric.kind == "counter"]
        kept = {name: first.get(name, now) for name in names}
        if kept and kept != first:  # without any, they could not be read
            item = {**ZEROS.key, "pushed": {"S": json.dumps(kept, separators=(",", ":"))}}
            self._dynamodb.put_item(TableName=self._table, Item=item)


def held_back(samples: Iterable[Sample], first: dict[str, float], now: float) -> Iterator[Sample]:
    """Yield the samples; counters that Prometheus may not have seen yet are 0."""
    for sample in samples:
        is_new = sample.metric.kind == "counter" and now - first.get(_name(sample), now) < SCRAPED_WITHIN_S
        yield sample._replace(value=0) if is_new else sample


def _name(sample: Sample) -> str:
    return "#".join((sample.metric.name, *sample.labels))
