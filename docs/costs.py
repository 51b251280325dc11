#!/usr/bin/env python
"""What the loop costs on AWS: `.venv/bin/python -m docs.costs` writes both tables into `docs/costs.md`.

Prices are those of us-east-1, without taxes, free tiers and savings plans, as AWS listed them in 2026.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).with_name("costs.md")
HOURS = 730
"""Of a month, as AWS counts."""
MILLION = 1_000_000

PRICES = {
    "requests of the REST API": (3.50, MILLION),
    "requests that the web ACL looks at": (0.60, MILLION),
    "calls of functions": (0.20, MILLION),
    "GB-seconds of functions on arm64": (0.0000133334, 1),
    "GB-seconds of a kept snapshot": (0.0000015046, 1),
    "write units of DynamoDB": (0.625, MILLION),
    "read units of DynamoDB": (0.125, MILLION),
    "GB a month in DynamoDB": (0.25, 1),
    "writes to S3": (0.005, 1000),
    "GB of logs": (0.50, 1),
    "traces": (5.00, MILLION),
    "hours of Airflow, mw1.small": (0.49, 1),
    "GB a month of Airflow's database": (0.10, 1),
    "hours of the NAT gateway": (0.045, 1),
    "hours of a public address": (0.005, 1),
    "web ACLs": (5.00, 1),
    "rules of the web ACL": (1.00, 1),
    "secrets": (0.40, 1),
    "alarms": (0.10, 1),
}
"""US dollars, and for how many."""


class Line(NamedTuple):
    """A line of a table: how much of what is paid for."""

    amount: float
    of: str
    because: str

    @property
    def usd(self) -> float:
        """What it costs."""
        price, number = PRICES[self.of]
        return self.amount * price / number


FEEDBACK = 0.05
"""Verdicts for each prediction."""
BILLED_S = 0.015
"""Of a prediction: assumed. On two cores of a laptop, the whole request takes 4 ms."""
INFERENCE_GB = 1.0
ARCHIVE_GB, ARCHIVE_BILLED_S, ARCHIVED = 0.25, 0.5, 50
"""Of a batch of the archive, and how many events are in one, at more than one a second."""
PREDICTION_UNITS = 2
"""An item of up to 2 KB: a review of 500 characters with its words."""
FEEDBACK_UNITS = 10
"""A transaction of the verdict (2 KB), its counter and a check, each twice its size; then the monitor's counters."""
LOGGED_KB = 1.0
"""Of a request: access log, the function's line, and Lambda's report."""
TRACED = 0.05

ROLLED_OUT = 2
"""Functions that begin from a snapshot."""
ALARMS = 6
RULES = 4
SECRETS = 1


def of_a_million_predictions() -> list[Line]:
    """Return what grows with traffic, for a million predictions one by one."""
    calls = MILLION * (1 + FEEDBACK)
    batches = calls / ARCHIVED
    seconds = calls * BILLED_S * INFERENCE_GB + batches * ARCHIVE_BILLED_S * ARCHIVE_GB
    return [
        Line(calls, "requests of the REST API", f"{FEEDBACK:.0%} of predictions get a verdict"),
        Line(calls, "requests that the web ACL looks at", "the same"),
        Line(calls + batches, "calls of functions", f"and the archive's, of {ARCHIVED} events each"),
        Line(seconds, "GB-seconds of functions on arm64", f"{1000 * BILLED_S:.0f} ms a call, assumed"),
        Line(
            MILLION * (PREDICTION_UNITS + FEEDBACK * FEEDBACK_UNITS),
            "write units of DynamoDB",
            f"{PREDICTION_UNITS} a prediction, {FEEDBACK_UNITS} a verdict",
        ),
        Line(MILLION * PREDICTION_UNITS / MILLION, "GB a month in DynamoDB", "until they expire"),
        Line(2 * batches, "writes to S3", "the lake's files"),
        Line(calls * LOGGED_KB / MILLION, "GB of logs", f"{LOGGED_KB:.0f} KB a request"),
        Line(calls * TRACED, "traces", f"{TRACED:.0%} of requests"),
    ]


def of_a_month_at_rest() -> list[Line]:
    """Return what a month costs without a request."""
    return [
        Line(HOURS, "hours of Airflow, mw1.small", "always on"),
        Line(1, "GB a month of Airflow's database", ""),
        Line(HOURS, "hours of the NAT gateway", "Airflow's way out"),
        Line(HOURS, "hours of a public address", "the gateway's"),
        Line(1, "web ACLs", ""),
        Line(RULES, "rules of the web ACL", ""),
        Line(
            ROLLED_OUT * INFERENCE_GB * HOURS * 3600,
            "GB-seconds of a kept snapshot",
            "of the newest versions; an older one costs the same until it is deleted",
        ),
        Line(ALARMS, "alarms", ""),
        Line(SECRETS, "secrets", ""),
    ]


def page() -> str:
    """Return the page with today's tables."""
    text = PAGE.read_text()
    for name, lines in (("predictions", of_a_million_predictions()), ("rest", of_a_month_at_rest())):
        between = re.compile(rf"(?<=<!-- {name} -->\n).*(?=<!-- end of {name} -->)", re.DOTALL)
        text = between.sub("\n" + _table(lines) + "\n\n", text)
    return text


def _table(lines: list[Line]) -> str:
    rows = [f"| {_number(one.amount)} {one.of} | {one.usd:.2f} | {one.because} |" for one in lines]
    total = f"| **together** | **{sum(one.usd for one in lines):.2f}** | |"
    return "\n".join(["| what | USD | because |", "|---|---|---|", *rows, total])


def _number(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:g}"  # noqa: PLR2004 (two digits say enough)


if __name__ == "__main__":
    PAGE.write_text(page())
