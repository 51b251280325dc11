"""What a call is: an event that a handler answers, through a route of the gateway."""

from __future__ import annotations

from typing import TypeVar

Event = TypeVar("Event")
Answer = TypeVar("Answer")

UNKNOWN_ROUTE = "-"
"""The route of a call that came through no gateway."""
