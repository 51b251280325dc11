"""One run of the monitor: reads each part, computes the metrics, and replaces them in the pushgateway."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import ValidationError

from lambdas.shared.aws import AwsError
from monitoring.monitor.counts import read_hours, read_totals
from monitoring.monitor.figures import DRIFT_HOURS, Known, Sample, samples
from monitoring.monitor.first_zeros import FirstZeros, held_back
from monitoring.monitor.pushgateway import TIMEOUT_S
from monitoring.monitor.registry_alias import AliasError, production_alias
from monitoring.monitor.turns import Turns
from sentiment.clock import CLOCKS_DIFFER
from sentiment.model.artifact import ArtifactError
from sentiment.schemas import metrics
from sentiment.schemas.metrics import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import date, datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

    from monitoring.monitor.production import Production
    from monitoring.monitor.pushgateway import Pushgateway
    from monitoring.monitor.quality_days import QualityDays
    from monitoring.monitor.retrainings import Retrainings
    from monitoring.monitor.settings import Settings

Read = TypeVar("Read")

_UNREADABLE = (*AwsError, AliasError, ArtifactError, ValidationError)
"""What reading a part may raise; whatever else is raised is a bug, and ends the run."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a run reads.

    Attributes:
        dynamodb: Client of DynamoDB.
        sqs: Client of SQS.
        production: The version in production.
        quality: The sums of the quality counters.
        retrainings: The ends of retrainings.
    """

    dynamodb: DynamoDBClient
    sqs: SQSClient
    production: Production
    quality: QualityDays
    retrainings: Retrainings


class Monitor:
    """The monitor of one loop."""

    def __init__(self, settings: Settings, sources: Sources, gateway: Pushgateway, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._sources = sources
        self._gateway = gateway
        self._now = now
        self._turns = Turns(settings.monitoring_table, sources.dynamodb)
        self._zeros = FirstZeros(settings.monitoring_table, sources.dynamodb)

    def run(self, changed: Collection[date] = ()) -> None:
        """Delete the groups of environments that are gone, read, compute and push.

        Deletions come first: with thousands of groups, a pushgateway needs seconds for a push.

        Args:
            changed: Days in which a quality counter changed.

        Raises:
            PushgatewayError: The pushgateway does not answer, or refuses.
            TurnError: Reading took so long that another run may have begun.
            ClientError: DynamoDB refused a call without which nothing can be pushed.
            BotoCoreError: DynamoDB did not answer in time.
        """
        started = time.monotonic()
        self._sources.quality.changed(changed)  # first, so that it is known if the rest fails
        groups = self._gateway.delete_silent()
        if groups.silent:
            logger.info(
                "deleted the metrics of %d of %d execution environments that are gone", groups.deleted, groups.silent
            )
        with self._turns.take() as turn:
            parts = _Parts()
            found = list(samples(self._read(parts)))
            found += [Sample(metrics.MONITOR_PROBLEM, (part,), part in parts.failed) for part in parts.read]
            found += [
                Sample(metrics.PUSHING_ENVIRONMENTS, (), groups.pushing),
                Sample(metrics.MONITOR_RUN, (), self._now().timestamp()),
                Sample(metrics.MONITOR_SECONDS, (), time.monotonic() - started),
            ]
            first, now = self._zeros.read(), self._now().timestamp()
            turn.check(TIMEOUT_S)
            self._gateway.push(held_back(found, first, now))
            self._zeros.keep(first, found, now)

    def _read(self, parts: _Parts) -> Known:
        now = self._now()
        sources, table = self._sources, self._settings.monitoring_table
        since = now - timedelta(hours=max(WINDOWS.values()))
        hours = [f"{now - timedelta(hours=back):%Y-%m-%dT%H}" for back in (max(WINDOWS.values()), DRIFT_HOURS)]
        production = parts.get("production", sources.production.current)
        first = min(since, production.pointer.promoted_at - CLOCKS_DIFFER) if production else since
        return Known(
            now=now,
            production=production,
            totals=parts.get("totals", lambda: read_totals(sources.dynamodb, table)),
            hours=parts.get("predictions", lambda: read_hours(sources.dynamodb, table, *hours)) or {},
            quality=parts.get("quality", lambda: sources.quality.read(first.date(), now)) or {},
            retraining=parts.get("retraining", lambda: sources.retrainings.last(now)),
            archive_failures=parts.get("archive", self._archive_failures),
            alias=self._alias(parts),
        )

    def _alias(self, parts: _Parts) -> str | None:
        uri = self._settings.mlflow_tracking_uri
        return parts.get("alias", lambda: production_alias(uri)) if uri else None

    def _archive_failures(self) -> int:
        name: Literal["ApproximateNumberOfMessages"] = "ApproximateNumberOfMessages"
        queue = self._settings.archive_failure_queue_url
        found = self._sources.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
        return int(found["Attributes"][name])


class _Parts:
    """What a run reads: a part that cannot be read is missing from the metrics, and named in one of them."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.failed: set[str] = set()

    def get(self, part: str, read: Callable[[], Read]) -> Read | None:
        """Return what a part has; None if it cannot be read."""
        self.read.append(part)
        try:
            return read()
        except _UNREADABLE:
            logger.exception("the monitor cannot read %s", part)
            self.failed.add(part)
            return None
