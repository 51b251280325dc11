"""The current time, how far clocks differ, and the start of a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

CLOCKS_DIFFER = timedelta(minutes=10)
"""More than the clocks of two functions do."""


def utc_now() -> datetime:
    """Return the current time in UTC, with its time zone."""
    return datetime.now(UTC)


def midnight_of(time: datetime) -> datetime:
    """Return the start of the UTC day of a time.

    Raises:
        ValueError: The time has no time zone.
    """
    if time.tzinfo is None:
        raise ValueError("the time needs a time zone")
    return time.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
