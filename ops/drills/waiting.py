"""Waiting for an alert and for its end, and the timeline of both."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ops.drills.watching import Seen

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.terminal import Terminal
    from ops.drills.drill import Drill, Drilled
    from ops.drills.record import Record
    from ops.drills.watching import Watch

_POLL_S = 1.0
_CHANGES = {
    "pending": ("pending", ""),
    "firing": ("fires in Prometheus", "resolved in Prometheus"),
    "reached": ("reached Alertmanager", "gone from Alertmanager"),
}
"""What begins and what ends with each part of `Seen`."""


class Timeline:
    """Prints what happens, with the seconds since it was made."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._began = time.monotonic()

    def say(self, what: str) -> None:
        """Add a line."""
        self._terminal.console.print(f"{time.monotonic() - self._began:6.0f} s  {what}", soft_wrap=True, markup=False)


class Waiting:
    """Looks at the alert of a drill, and says what has changed."""

    def __init__(self, drill: Drill, watch: Watch) -> None:
        self._drill = drill
        self._watch = watch
        self._seen = Seen()

    def until(self, wanted: Callable[[Seen], bool], on: Drilled, record: Record, *, what: str, within_s: float) -> bool:
        """Wait for a state of the alert while the drill goes on. Returns whether it came in time."""
        usual_s = within_s / 2
        with on.loop.terminal.step(f"Wait until it {what}", key=f"{self._drill.alert}-{what}", usual_s=usual_s) as step:
            while step.elapsed_s < within_s:
                seen = self._watch.look()
                step.detail = "" if seen else "Prometheus or Alertmanager does not answer"
                if seen:
                    self._say_changes(on, seen)
                    if wanted(seen):
                        return True
                self._drill.keep_going(on, record)
                time.sleep(_POLL_S)
        return False

    def _say_changes(self, on: Drilled, seen: Seen) -> None:
        for part, (begins, ends) in _CHANGES.items():
            before, now = getattr(self._seen, part), getattr(seen, part)
            if said := (begins if now else ends) if before != now else "":
                on.say(said)
        self._seen = seen
