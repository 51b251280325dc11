"""Writes the rule files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from monitoring.prometheus.alerts import groups
from monitoring.prometheus.errors import PrometheusError
from monitoring.prometheus.rule import RUNBOOK, Group, Record, as_yaml
from monitoring.prometheus.windows import REAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitoring.prometheus.windows import Windows

COMMITTED = Path(__file__).parent / "rules"
"""The folder of the rules as they are without settings."""


class Drilled(NamedTuple):
    """An alert that is drilled, and its windows meanwhile: all others keep theirs, so none of them is disturbed."""

    alert: str
    windows: Windows


def rule_files(windows: Windows = REAL, *, runbook: str = RUNBOOK) -> dict[str, str]:
    """Return the texts of the rule files, by name."""
    return _as_files(groups(windows), runbook)


def write_rules(folder: Path, windows: Windows, *, runbook: str, drilled: Drilled | None = None) -> None:
    """Write the rule files into a folder, which is made if it is missing.

    Args:
        folder: Where they go.
        windows: The windows of all alerts.
        runbook: Address of the runbook.
        drilled: An alert with windows of its own.

    Raises:
        PrometheusError: A file cannot be written.
    """
    found = _with_drilled(groups(windows), drilled) if drilled else groups(windows)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in _as_files(found, runbook).items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise PrometheusError(f"{folder} cannot be written: {error.strerror}") from error


def _as_files(found: Mapping[str, list[Group]], runbook: str) -> dict[str, str]:
    return {f"{name}.yml": as_yaml(of_file, runbook=runbook) for name, of_file in found.items()}


def _with_drilled(found: Mapping[str, list[Group]], drilled: Drilled) -> dict[str, list[Group]]:
    others = groups(drilled.windows)
    return {
        name: [_merged(one, other, drilled.alert) for one, other in zip(of_file, others[name], strict=True)]
        for name, of_file in found.items()
    }


def _merged(group: Group, other: Group, alert: str) -> Group:
    """Return a group with an alert, and the series that it may read, as they are in another; the same without it."""
    if alert not in {rule.name for rule in group.rules}:
        return group
    rules = [
        of_other if isinstance(of_other, Record) or of_other.name == alert else rule
        for rule, of_other in zip(group.rules, other.rules, strict=True)
    ]
    return Group(group.name, other.interval_s, rules)
