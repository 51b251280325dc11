"""`python -m ops.reconcile`: tables, counters and lake brought to agree after a crash.

Prints what it did as JSON; names each prediction on stderr. It may run while the API answers, and may be
interrupted: what was done holds, and the next run does the rest.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from json import dumps

import boto3

from lambdas.archive.lake import Lake
from lambdas.shared.aws import AwsError, error_code
from lambdas.shared.booking import Tables
from ops.reconcile.reconciliation import Reconciliation, logger

VARIABLES = ("PREDICTIONS_TABLE", "FEEDBACK_TABLE", "QUALITY_TABLE", "LAKE_BUCKET")


def main() -> None:
    """Run as a command."""
    parser = argparse.ArgumentParser(prog="python -m ops.reconcile", description=__doc__)
    parser.add_argument(
        "--since",
        type=date.fromisoformat,
        default=date(1970, 1, 1),
        help="compare the feedback from this day on (YYYY-MM-DD)",
    )
    since = parser.parse_args().since
    if missing := [name for name in VARIABLES if name not in os.environ]:
        parser.error(f"the environment lacks {', '.join(missing)}: the stack's outputs have them")
    logging.basicConfig(stream=sys.stderr, format="%(message)s")
    logger.setLevel(logging.INFO)
    tables = Tables(
        predictions=os.environ["PREDICTIONS_TABLE"],
        feedback=os.environ["FEEDBACK_TABLE"],
        quality=os.environ["QUALITY_TABLE"],
    )
    lake = Lake(os.environ["LAKE_BUCKET"], boto3.client("s3"))
    run = Reconciliation(tables, boto3.client("dynamodb"), lake, now=datetime.now(UTC))
    try:
        counts = run.run(since)
    except AwsError as error:
        parser.exit(1, f"{error_code(error)}: {error}\nWhat was done holds; run it again for the rest.\n")
    print(dumps(asdict(counts)))  # noqa: T201 - the command's answer
