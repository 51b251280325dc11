"""Makes tables, counters and lake agree after a crash.

Prints its counts as JSON, and names each repaired item on stderr. It may run while the API answers, and may be
interrupted: what was repaired stays, and the next run does the rest.
"""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import asdict, dataclass
from datetime import date
from json import dumps

import boto3

from lambdas.archive.counting import EventCounts
from lambdas.shared.aws import AwsError, error_code
from lambdas.shared.booking import Tables
from lambdas.shared.environment import EnvironmentVariableError, from_environment
from lambdas.shared.raw_events import RawEvents
from ops.reconcile.reconciliation import Reconciliation, logger
from sentiment.clock import utc_now


@dataclass(frozen=True, slots=True)
class Settings:
    """Environment variables of the command; the data stack's outputs have their values."""

    predictions_table: str
    feedback_table: str
    quality_table: str
    audit_table: str
    lake_bucket: str
    monitoring_table: str


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m ops.reconcile", description=__doc__)
    parser.add_argument(
        "--since",
        type=date.fromisoformat,
        default=date(1970, 1, 1),
        help="compare the feedback from this day on (YYYY-MM-DD)",
    )
    since = parser.parse_args().since
    try:
        settings = from_environment(Settings)
    except EnvironmentVariableError as error:
        parser.error(f"{error}: take the values from the outputs of the data stack")
    logging.basicConfig(stream=sys.stderr, format="%(message)s")
    logger.setLevel(logging.INFO)
    tables = Tables(settings.predictions_table, settings.feedback_table, settings.quality_table, settings.audit_table)
    raw_events = RawEvents(settings.lake_bucket, boto3.client("s3"))
    dynamodb = boto3.client("dynamodb")
    monitoring = EventCounts(settings.monitoring_table, dynamodb, utc_now)
    run = Reconciliation(tables, dynamodb, raw_events, monitoring, now=utc_now())
    try:
        counts = run.run(since)
    except AwsError as error:
        parser.exit(1, f"{error_code(error)}: {error}\nWhat was repaired stays; run it again for the rest.\n")
    print(dumps(asdict(counts)))  # noqa: T201 - the command's output
