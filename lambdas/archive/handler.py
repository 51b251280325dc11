"""Handler of the archive function, which the streams of both tables call."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from lambdas.archive.batch import archive
from lambdas.archive.counting import EventCounts
from lambdas.archive.settings import Settings
from lambdas.archive.unsure import UnsureDraw
from lambdas.shared import aws
from lambdas.shared.environment import from_environment
from lambdas.shared.pushing import counted
from lambdas.shared.raw_events import RawEvents
from sentiment.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Mapping

logging.getLogger("lambdas").setLevel(logging.INFO)  # the runtime's own level is WARNING
_settings = from_environment(Settings)
_raw_events = RawEvents(_settings.lake_bucket, aws.s3())
_counts = EventCounts(_settings.monitoring_table, aws.dynamodb(), utc_now)
_unsure = UnsureDraw(audit=_settings.audit_table, feedback=_settings.feedback_table, dynamodb=aws.dynamodb())


def _archive(event: Mapping[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Archive, count and offer a batch, and return what failed: Lambda sends the batch again from there."""
    failed = archive(event["Records"], _raw_events, _counts)
    _unsure.offer(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": sequence_number} for sequence_number in failed]}


def _status_of(answer: Mapping[str, list[dict[str, str]]]) -> HTTPStatus:
    return HTTPStatus.SERVICE_UNAVAILABLE if answer["batchItemFailures"] else HTTPStatus.OK


handler = counted(_archive, function="archive", pushgateway_url=_settings.pushgateway_url, status_of=_status_of)
