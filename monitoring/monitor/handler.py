"""Handler of the monitor, which a schedule calls every minute, and the stream of feedback at once."""

from __future__ import annotations

import logging
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from lambdas.shared import aws
from lambdas.shared.environment import from_environment
from monitoring.monitor.production import Production
from monitoring.monitor.pushgateway import Pushgateway
from monitoring.monitor.quality_days import QualityDays
from monitoring.monitor.retrainings import Retrainings
from monitoring.monitor.run import Monitor, Sources
from monitoring.monitor.settings import Settings
from sentiment.clock import utc_now
from sentiment.schemas.bucket import day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

logging.getLogger("lambdas").setLevel(logging.INFO)  # the runtime's own level is WARNING
logging.getLogger("monitoring").setLevel(logging.INFO)
_settings = from_environment(Settings)


@cache
def _monitor() -> Monitor:
    sources = Sources(
        dynamodb=aws.dynamodb(),
        sqs=aws.sqs(),
        production=Production(_settings.artifacts_bucket, aws.s3()),
        quality=QualityDays(_settings.quality_table, _settings.monitoring_table, aws.dynamodb()),
        retrainings=Retrainings(_settings.artifacts_bucket, aws.s3()),
    )
    return Monitor(_settings, sources, Pushgateway(_settings.pushgateway_url), utc_now)


def handler(event: Mapping[str, Any], _context: object) -> None:
    """Run the monitor; records of the feedback stream say which days have changed."""
    _monitor().run(set(_days(event.get("Records", []))))


def _days(records: list[Mapping[str, Any]]) -> Iterator[date]:
    for record in records:
        bucket = record.get("dynamodb", {}).get("NewImage", {}).get("bucket", {}).get("S", "")
        if bucket:
            yield date.fromisoformat(day_of(bucket))
