"""Reads the archive function's counts from the monitoring table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from lambdas.shared.monitoring_table import PREDICTIONS, TOTAL, counts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputPaginateTypeDef


_BEFORE_ALL, _AFTER_ALL = " ", "~"
_WITHOUT_BINS = ("positive", "negative", "positive_probability", "negative_probability", "audited")


class Totals(NamedTuple):
    """All that was ever counted.

    Attributes:
        predictions: `positive` and `negative`, by model version.
        feedback: `up` and `down`, by model version and source.
    """

    predictions: dict[str, Counter[str]]
    feedback: dict[tuple[str, str], Counter[str]]


class HourOfVersion(NamedTuple):
    """A UTC hour, `YYYY-MM-DDTHH`, and a model version."""

    hour: str
    model_version: str


def read_totals(dynamodb: DynamoDBClient, table: str) -> Totals:
    """Return the totals."""
    totals = Totals({}, {})
    for item in _items(dynamodb, table, TOTAL, first=_BEFORE_ALL, last=_AFTER_ALL):
        kind, version, *source, _ = item["entry"]["S"].split("#")
        if kind == "predictions":
            totals.predictions.setdefault(version, Counter()).update(counts_of(item))
        else:
            totals.feedback.setdefault((version, *source), Counter()).update(counts_of(item))
    return totals


def read_hours(
    dynamodb: DynamoDBClient, table: str, since: str, binned_since: str
) -> dict[HourOfVersion, Counter[str]]:
    """Return what was counted of the predictions of each hour from one on; their bins, from a later one on."""
    hours: dict[HourOfVersion, Counter[str]] = {}
    for items in (
        _items(dynamodb, table, PREDICTIONS, first=since, last=binned_since, only=_WITHOUT_BINS),
        _items(dynamodb, table, PREDICTIONS, first=binned_since, last=_AFTER_ALL),
    ):
        for item in items:
            hour, version, _ = item["entry"]["S"].split("#")
            hours.setdefault(HourOfVersion(hour, version), Counter()).update(counts_of(item))
    return hours


def _items(
    dynamodb: DynamoDBClient, table: str, series: str, *, first: str, last: str, only: tuple[str, ...] = ()
) -> Iterator[dict[str, Any]]:
    """Yield the items of a list between two entries, neither of which exists itself; `only` names attributes."""
    query: QueryInputPaginateTypeDef = {
        "TableName": table,
        "KeyConditionExpression": "series = :series AND entry BETWEEN :first AND :last",
        "ExpressionAttributeValues": {":series": {"S": series}, ":first": {"S": first}, ":last": {"S": last}},
        "ConsistentRead": True,
    }
    if only:
        query["ProjectionExpression"] = ", ".join(("entry", *only))
    for page in dynamodb.get_paginator("query").paginate(**query):
        yield from page["Items"]
