"""Handler of the archive function, which the streams of both tables call."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lambdas.archive.batch import archive
from lambdas.archive.raw_events import RawEvents
from lambdas.archive.settings import Settings
from lambdas.shared import aws
from lambdas.shared.environment import from_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

logging.getLogger("lambdas").setLevel(logging.INFO)  # the runtime's own level is WARNING
_raw_events = RawEvents(from_environment(Settings).lake_bucket, aws.s3())


def handler(event: Mapping[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Archive a batch, and return what could not be written: Lambda sends the batch again from there."""
    failed = archive(event["Records"], _raw_events)
    return {"batchItemFailures": [{"itemIdentifier": sequence_number} for sequence_number in failed]}
