"""The windows of the alert that is drilled: the real ones, or shortened ones for as long as the drill goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local import start
from local.errors import LocalError
from local.settings import AlertWindows
from monitoring.prometheus.alerts import groups
from monitoring.prometheus.rule import Alert
from monitoring.prometheus.windows import REAL, SHORTENED
from ops.alerting import with_rules

if TYPE_CHECKING:
    from local.loop import Loop
    from monitoring.prometheus.windows import Windows


def windows_of(loop: Loop) -> Windows:
    """Return the windows that the settings ask for."""
    return SHORTENED if loop.settings.windows is AlertWindows.SHORTENED else REAL


def declared(alert: str, windows: Windows) -> Alert:
    """Return an alert as it is declared with these windows; the page, if it is a ticket, too."""
    rules = (rule for of_file in groups(windows).values() for group in of_file for rule in group.rules)
    return next(rule for rule in rules if isinstance(rule, Alert) and rule.name == alert)


def shortened(loop: Loop, alert: str) -> Loop:
    """Let Prometheus evaluate an alert with shortened windows, and all others as before; return the loop as it is then.

    Raises:
        LocalError: The rules cannot be written, or Prometheus does not start.
    """
    so = with_rules(loop, shortened=alert)
    evaluate(so)
    return so


def evaluate(loop: Loop) -> None:
    """Let Prometheus evaluate the rules of the loop's settings; does nothing if it does already.

    Raises:
        LocalError: It does not start.
    """
    ruled = with_rules(loop)
    launched = start.launch_monitoring(ruled, start.obtain_monitoring(ruled))
    with loop.terminal.step("Start Prometheus", key="monitoring", usual_s=2) as step:
        problems = start.monitoring(ruled, step, launched)
    if problems:
        raise LocalError(problems[0], remedy="make status")
