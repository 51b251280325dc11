"""The two times that a reader compares."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

LAST = {
    "the last hour with the hour before": timedelta(hours=1),
    "the last 24 hours with the 24 hours before": timedelta(hours=24),
    "the last 7 days with the 7 days before": timedelta(days=7),
}
"""How long both times are, by what the reader picks."""
OWN = "times that I pick"


class Times(NamedTuple):
    """Two times, each with a beginning and an end."""

    before: tuple[datetime, datetime]
    after: tuple[datetime, datetime]


def last(length: timedelta, now: datetime) -> Times:
    """Return the last hours or days, and as many before them."""
    now = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return Times((now - 2 * length, now - length), (now - length, now))


def problem_of(times: Times) -> str:
    """Return why two times cannot be compared, in a sentence; empty if they can."""
    for name, (start, end) in (("earlier", times.before), ("later", times.after)):
        if not start < end:
            return f"The {name} time ends before it begins."
    if times.before[0] > times.after[0]:
        return "The earlier time begins after the later one."
    return ""
