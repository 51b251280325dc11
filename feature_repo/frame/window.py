"""The days of reviews that a training frame covers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from feature_repo.errors import FrameError
from sentiment.clock import midnight_of


class Window(NamedTuple):
    """The window of a frame, from `start` (exclusive) to `end` (inclusive), both in UTC."""

    start: datetime
    end: datetime


def window_before(until: datetime, days: int) -> Window:
    """Return the window that ends at a time: whole UTC days before its day, and its day until then.

    Raises:
        FrameError: The time has no time zone.
    """
    if until.tzinfo is None:
        raise FrameError("the end of the window needs a time zone")
    end = until.astimezone(UTC)
    return Window(start=midnight_of(end) - timedelta(days=days), end=end)
