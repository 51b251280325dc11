"""What a drill is: how the cause of an alert is planted in a running loop, and mended again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.loop import Loop
    from monitoring.prometheus.windows import Windows
    from ops.drills.record import Record
    from sentiment.reviews.review import Review

SEEN_WITHIN_S = 75
"""The monitor runs every minute, and Prometheus reads and evaluates every five seconds."""


class Drilled(NamedTuple):
    """The loop in which a drill takes place.

    Attributes:
        loop: The loop; while windows are shortened, with the rules that Prometheus then evaluates.
        found: The outputs of its deployment.
        say: Adds a line to the timeline.
        reviews: Reviews with their labels, to ask for predictions of; they never end.
    """

    loop: Loop
    found: dict[str, str]
    say: Callable[[str], None]
    reviews: Iterator[Review]


def _soon(_windows: Windows) -> int:
    return SEEN_WITHIN_S


@dataclass(frozen=True, kw_only=True)
class Drill(ABC):
    """The drill of one alert.

    Attributes:
        alert: Its name.
        plants: What is planted, as a clause.
        mends: How that is mended, as a clause; by the alert's section of the runbook.
        stays: What stays when all is over, as a clause; empty for nothing.
        shows_s: Seconds after which Prometheus sees the cause; the alert's own waiting comes after.
        fades_s: Seconds after which Prometheus sees that it is mended; the same.
    """

    alert: str
    plants: str
    mends: str
    stays: str = ""
    shows_s: Callable[[Windows], int] = _soon
    fades_s: Callable[[Windows], int] = _soon

    def keep(self, on: Drilled) -> dict[str, Any]:
        """Return what mending will need, as JSON has it. Changes nothing.

        Raises:
            LocalError: The loop is in no state for this drill.
        """
        del on
        return {}

    @abstractmethod
    def plant(self, on: Drilled, record: Record) -> None:
        """Plant the cause. What mending needs beyond `keep` is saved in the record before it is done."""

    def keep_going(self, on: Drilled, record: Record) -> None:
        """Do what goes on while the alert, or its end, is waited for. Called every second."""
        del on, record

    @abstractmethod
    def mend(self, on: Drilled, record: Record) -> None:
        """Mend the cause, also if it was planted in part or not at all, or is mended already."""
