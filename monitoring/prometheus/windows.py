"""How far alerts look back and how long they wait: the real durations, and shortened ones for drills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["page", "ticket"]
"""`page` is for now, `ticket` for the next working day."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_UNITS = {"d": _DAY, "h": _HOUR, "m": _MINUTE, "s": 1}


class Burn(NamedTuple):
    """Two windows in both of which the error budget must be used up this many times too fast, in seconds.

    The long one says that it matters, the short one that it still goes on.
    """

    severity: Severity
    factor: float
    long_s: int
    short_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Durations in seconds, and the counts that belong to them.

    Attributes:
        evaluation_s: Time between two evaluations of a rule.
        step_s: Time between two counts of requests, which the windows of `burns` add up.
        burns: Windows of the alerts on objectives.
        least_bad: Requests that must have failed, or been slow, in the long window: one in the night is no reason to
            wake anybody.
        monitor_s: Time in which the monitor must have run again, and for which it may be missing.
        gateway_s: Time for which the pushgateway may be missing.
        settle_s: Time in which a state may end by itself, such as while a server starts or a step is tried again.
        drifted_s: Time for which the share of positives must differ, which is tested again every minute.
        keep_s: Time for which an alert goes on without its series, such as after a restart of the pushgateway.
        pushes_s: Window of what is pushed.
        quiet_s: Window in which there must be predictions.
        usual_s: How long ago there were some, each time, if they are to be expected.
        least_usual: How many. If so many are expected, none is no chance.
        overdue_s: Longest time between two retrainings; None to leave that alert out.
        group_wait_s: How long Alertmanager waits for more alerts of a group.
        group_interval_s: How long it waits with what changed in a group, and tries to deliver.
        repeat_page_s: After which a page that still fires is sent again.
        repeat_ticket_s: The same of a ticket.
        repeat_retraining_s: The same of the request for a retraining.
    """

    evaluation_s: int
    step_s: int
    burns: tuple[Burn, ...]
    least_bad: int
    monitor_s: int
    gateway_s: int
    settle_s: int
    drifted_s: int
    keep_s: int
    pushes_s: int
    quiet_s: int
    usual_s: tuple[int, ...]
    least_usual: int
    overdue_s: int | None
    group_wait_s: int
    group_interval_s: int
    repeat_page_s: int
    repeat_ticket_s: int
    repeat_retraining_s: int


REAL = Windows(
    evaluation_s=15,
    step_s=_MINUTE,
    # Of a budget for 30 days: 2 % in an hour, 5 % in six; 10 % in a day, and in three (Google's SRE workbook).
    burns=(
        Burn("page", 14.4, _HOUR, 5 * _MINUTE),
        Burn("page", 6, 6 * _HOUR, 30 * _MINUTE),
        Burn("ticket", 3, _DAY, 2 * _HOUR),
        Burn("ticket", 1, 3 * _DAY, 6 * _HOUR),
    ),
    least_bad=10,
    monitor_s=5 * _MINUTE,
    gateway_s=2 * _MINUTE,
    settle_s=15 * _MINUTE,
    drifted_s=6 * _HOUR,
    keep_s=15 * _MINUTE,
    pushes_s=15 * _MINUTE,
    quiet_s=_HOUR,
    usual_s=(_DAY, 7 * _DAY),
    least_usual=30,
    overdue_s=8 * _DAY,
    group_wait_s=30,
    group_interval_s=5 * _MINUTE,
    repeat_page_s=4 * _HOUR,
    repeat_ticket_s=_DAY,
    repeat_retraining_s=6 * _HOUR,
)

SHORTENED = Windows(
    evaluation_s=5,
    step_s=10,
    burns=(
        Burn("page", 14.4, _MINUTE, 20),
        Burn("page", 6, 2 * _MINUTE, 30),
        Burn("ticket", 3, 3 * _MINUTE, 40),
        Burn("ticket", 1, 4 * _MINUTE, _MINUTE),
    ),
    least_bad=10,
    monitor_s=150,  # the schedule is every minute, in drills too
    gateway_s=10,
    settle_s=10,
    drifted_s=20,
    keep_s=10,
    pushes_s=_MINUTE,
    quiet_s=150,
    usual_s=(180, 210),
    least_usual=30,
    overdue_s=8 * _DAY,
    group_wait_s=1,
    group_interval_s=10,
    repeat_page_s=5 * _MINUTE,
    repeat_ticket_s=10 * _MINUTE,
    repeat_retraining_s=5 * _MINUTE,
)


def duration(seconds: int) -> str:
    """Return a duration as Prometheus writes it, such as `6h`: in the largest unit that divides it."""
    unit = next(unit for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // _UNITS[unit]}{unit}"
