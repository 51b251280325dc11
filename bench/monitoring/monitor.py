"""Time of a run of the monitor on an emulator, with few and with very many predictions behind it.

The counters of ten million predictions are written as the archive function and the feedback function leave them: every
hour of the window, two model versions, all sources, all shards.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.row import Row
from bench.serving.emulator import emulator, fill, session_of
from bench.serving.pushgateway import live_pushgateway
from lambdas.shared.monitoring_table import (
    KEPT_DAYS,
    PROBABILITY_UNIT,
    Entry,
    feedback_total,
    hour_of_predictions,
    predictions_total,
)
from lambdas.shared.monitoring_table import SHARDS as COUNT_SHARDS
from monitoring.monitor.figures import LABELS, SOURCES
from monitoring.monitor.production import Production
from monitoring.monitor.pushgateway import Pushgateway
from monitoring.monitor.quality_days import QualityDays
from monitoring.monitor.retrainings import Retrainings
from monitoring.monitor.run import Monitor, Sources
from monitoring.monitor.settings import Settings
from sentiment.clock import utc_now
from sentiment.schemas.bucket import BY_DAY, SHARDS, day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUNS = 9
QUALITY, MONITORING = "quality", "monitoring"
ITEMS_A_CALL = 25


class Traffic(NamedTuple):
    """What is behind a run: predictions in all, in the last hours, by these versions."""

    predictions: int
    hours: int
    versions: tuple[str, ...]


SMALL = Traffic(1_000, 1, ("1",))
LARGE = Traffic(10_000_000, 24 * KEPT_DAYS, ("1", "0"))


def items_of(traffic: Traffic, now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every item, with its table."""
    shards = COUNT_SHARDS if traffic is LARGE else 1
    for version in traffic.versions:
        for shard in range(shards):
            yield MONITORING, _counted(predictions_total(version).of_shard(shard), dict.fromkeys(LABELS, 10))
            for source in SOURCES:
                yield MONITORING, _counted(feedback_total(version, source).of_shard(shard), {"up": 9, "down": 1})
        for back in range(traffic.hours):
            hour = f"{now - timedelta(hours=back):%Y-%m-%dT%H}"
            counts = _of_hour(traffic.predictions // (traffic.hours * shards * len(traffic.versions)))
            for shard in range(shards):
                yield MONITORING, _counted(hour_of_predictions(hour, version).of_shard(shard), counts)
            for source in SOURCES:
                for shard in range(SHARDS if traffic is LARGE else 1):
                    bucket = f"{hour}#{version}#{source}#{shard}"
                    key = {"bucket": {"S": bucket}, "utc_day": {"S": day_of(bucket)}}
                    yield QUALITY, key | _numbers({"tp": 9, "fp": 1, "tn": 5, "fn": 1})


def _of_hour(predictions: int) -> Counter[str]:
    counts = Counter(dict.fromkeys(LABELS, predictions // 2))
    counts.update({f"{label}_probability": predictions * PROBABILITY_UNIT // 4 for label in LABELS})
    counts.update({f"bin_{feature}_{digit}": predictions // 10 for feature in range(3) for digit in range(10)})
    return counts


def _counted(entry: Entry, counts: Mapping[str, int]) -> dict[str, Any]:
    return {**entry.key, **_numbers(counts)}


def _numbers(counts: Mapping[str, int]) -> dict[str, Any]:
    return {name: {"N": str(count)} for name, count in counts.items()}


def run_seconds(traffic: Traffic) -> tuple[float, float, int]:
    """Return the time of the first run, the median of the next ones, and the number of items behind them."""
    now = datetime.now(UTC)
    with emulator() as environment, live_pushgateway() as gateway_url:
        fill(environment, {})
        session, url = session_of(environment), environment["AWS_ENDPOINT_URL"]
        dynamodb = session.client("dynamodb", endpoint_url=url)
        s3, sqs = session.client("s3", endpoint_url=url), session.client("sqs", endpoint_url=url)
        _create_tables(dynamodb)
        items = list(items_of(traffic, now))
        for first in range(0, len(items), ITEMS_A_CALL):
            requests: dict[str, list[Any]] = {}
            for table, item in items[first : first + ITEMS_A_CALL]:
                requests.setdefault(table, []).append({"PutRequest": {"Item": item}})
            dynamodb.batch_write_item(RequestItems=requests)
        bucket = environment["ARTIFACTS_BUCKET"]
        queue = sqs.create_queue(QueueName="failures")["QueueUrl"]
        sources = Sources(
            dynamodb=dynamodb,
            sqs=sqs,
            production=Production(bucket, s3),
            quality=QualityDays(QUALITY, MONITORING, dynamodb),
            retrainings=Retrainings(bucket, s3),
        )
        settings = Settings(QUALITY, MONITORING, bucket, queue, gateway_url)
        monitor = Monitor(settings, sources, Pushgateway(gateway_url), utc_now)
        times = []
        for _ in range(RUNS + 1):
            started = time.perf_counter()
            monitor.run()
            times.append(time.perf_counter() - started)
        for client in (dynamodb, s3, sqs):
            client.close()
    return times[0], statistics.median(times[1:]), len(items)


def _create_tables(dynamodb: Any) -> None:  # noqa: ANN401 - a client of DynamoDB
    dynamodb.create_table(
        TableName=MONITORING,
        KeySchema=[{"AttributeName": "series", "KeyType": "HASH"}, {"AttributeName": "entry", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("series", "entry")],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.create_table(
        TableName=QUALITY,
        KeySchema=[{"AttributeName": "bucket", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("bucket", "utc_day")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": BY_DAY,
                "KeySchema": [{"AttributeName": "utc_day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["tp", "fp", "tn", "fn"]},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def run() -> list[Row]:
    """Return the time of a run with few and with very many predictions behind it."""
    rows = []
    for traffic in (SMALL, LARGE):
        first, usual, items = run_seconds(traffic)
        rows.append(
            Row(
                name=f"a run of the monitor, {traffic.predictions:,} predictions behind it",
                measured=usual,
                reach=1.0,
                unit="s",
                note=f"median of {RUNS} runs, {items:,} counters; the first one {first:.2f} s",
            )
        )
    return rows
