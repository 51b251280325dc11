"""`make drill`: conducts a drill, and mends what an interrupted one left."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.table import Table

from local.errors import LocalError
from local.settings import AlertWindows, Target
from ops import aws, outputs
from ops.drills import catalogue, record, windows
from ops.drills.calls import labelled_reviews
from ops.drills.drill import Drilled
from ops.drills.record import Record
from ops.drills.waiting import Timeline, Waiting
from ops.drills.watching import Seen, Servers, require_servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.loop import Loop
    from local.terminal import Terminal
    from ops.drills.drill import Drill
    from ops.drills.watching import Watch

MARGIN_S = 60
"""How much later than it should an alert may fire or end, on a slow machine."""


def practise(loop: Loop, alert: str) -> None:
    """Mend what an interrupted drill left; then conduct the drill of an alert, or list all if none is named.

    Raises:
        LocalError: There is no such drill, it cannot take place here, or the alert did not fire or end in time.
    """
    if loop.settings.target is Target.AWS:
        raise LocalError(
            "A drill breaks the loop for a while: there is none on AWS.",
            remedy="Drill a loop on this machine: TARGET=local",
        )
    drill = catalogue.find(alert) if alert else None
    left = record.find(loop.state_dir)
    if not drill and not left:
        _list(loop.terminal)
        return
    found = outputs.require(loop, "MonitorFunction")
    if not loop.supervisor.is_running():
        raise LocalError("The loop does not run.", remedy="make up")
    on = Drilled(loop, found, Timeline(loop.terminal).say, labelled_reviews())
    if left:
        on.say(f"the drill of {left.alert} was interrupted")
        _finish(on, catalogue.find(left.alert), left)
    if drill:
        require_servers(loop)
        conduct(on, drill, Servers(loop, windows.declared(alert, windows.windows_of(loop))))


def conduct(on: Drilled, drill: Drill, watch: Watch) -> None:
    """Plant the cause, wait for the alert, mend the cause, and wait for the end; mend it in any case.

    Raises:
        LocalError: The alert fires before, or did not fire or end in time.
    """
    loop, looks_back = on.loop, windows.windows_of(on.loop)
    rule = windows.declared(drill.alert, looks_back)
    runbook = f"docs/runbook.md#{drill.alert.lower()}"
    before = watch.look()
    if before is None:
        raise LocalError("Prometheus or Alertmanager does not answer.", remedy="make status")
    if before.firing or before.reached:  # one that is pending may only tell of servers that have just started
        raise LocalError(f"{drill.alert} fires already.", remedy=runbook)
    fires_s = drill.shows_s(looks_back) + rule.for_s + MARGIN_S
    ends_s = drill.fades_s(looks_back) + rule.keep_s + MARGIN_S
    loop.terminal.note(f"Plant: {drill.plants}. {drill.alert} has {fires_s} s to fire.")
    loop.terminal.note(f"Mend, also after Ctrl-C: {drill.mends}. The alert has {ends_s} s to end.")
    loop.terminal.note(f"What stays: {drill.stays or 'nothing'}.")
    kept = Record(loop.state_dir, drill.alert, drill.keep(on))
    kept.save()
    with _finishing(on, drill, kept):
        meanwhile = on
        if loop.settings.windows is AlertWindows.SHORTENED:
            meanwhile = on._replace(loop=windows.shortened(loop, drill.alert))
            on.say("its windows are shortened")
        drill.plant(meanwhile, kept)
        on.say(f"planted: {drill.plants}")
        _run_monitor(on)
        waiting = Waiting(drill, watch)
        kept.fired = waiting.until(
            lambda seen: seen.firing and seen.reached, meanwhile, kept, what="fires", within_s=fires_s
        )
        if not kept.fired:
            raise LocalError(f"{drill.alert} did not reach Alertmanager within {fires_s} s.", remedy="make status")
        _mend(meanwhile, drill, kept)
        if not waiting.until(lambda seen: seen == Seen(), meanwhile, kept, what="ends", within_s=ends_s):
            raise LocalError(f"{drill.alert} did not end within {ends_s} s of being mended.", remedy=runbook)
    on.say("the drill is over")


@contextmanager
def _finishing(on: Drilled, drill: Drill, kept: Record) -> Iterator[None]:
    """Leave the loop as it was, however the body ends; a second interrupt leaves that to the next drill."""
    try:
        yield
    except KeyboardInterrupt:
        on.say("interrupted")
        raise
    finally:
        _finish(on, drill, kept)


def _finish(on: Drilled, drill: Drill, kept: Record) -> None:
    """Mend what is not mended, and let Prometheus evaluate its own rules again."""
    if not kept.mended:
        _mend(on, drill, kept)
    windows.evaluate(on.loop)
    kept.remove()


def _mend(on: Drilled, drill: Drill, kept: Record) -> None:
    kept.save()
    on.say(f"mending: {drill.mends}")
    drill.mend(on, kept)
    kept.mended = True
    kept.save()
    on.say("mended")
    _run_monitor(on)


def _run_monitor(on: Drilled) -> None:
    """Call the monitor, so that nobody waits for its next minute."""
    monitor = on.found["MonitorFunction"]
    aws.client(on.loop, "lambda").invoke(FunctionName=monitor, InvocationType="Event", Payload=b"{}")


def _list(terminal: Terminal) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("alert", no_wrap=True)
    table.add_column("make drill ALERT=...")
    for alert, drill in catalogue.DRILLS.items():
        table.add_row(alert, f"{drill.plants}; then: {drill.mends}")
    for alert, why in catalogue.WITHOUT.items():
        table.add_row(alert, f"none: {why}", style="dim")
    terminal.console.print(table)
