"""Entry of the archive function, which both tables' streams feed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lambdas.archive.batch import archive
from lambdas.archive.lake import Lake
from lambdas.archive.settings import Settings
from lambdas.shared import aws

if TYPE_CHECKING:
    from collections.abc import Mapping

logging.getLogger("lambdas").setLevel(logging.INFO)  # the runtime's own level is WARNING
_lake = Lake(Settings.from_environment().lake_bucket, aws.s3())


def handler(event: Mapping[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """Archive a batch, and name what could not be written: Lambda comes again from there on."""
    return {"batchItemFailures": [{"itemIdentifier": one} for one in archive(event["Records"], _lake)]}
