"""Writes the rule files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monitoring.prometheus.alerts import groups
from monitoring.prometheus.errors import PrometheusError
from monitoring.prometheus.rule import RUNBOOK, as_yaml
from monitoring.prometheus.windows import REAL

if TYPE_CHECKING:
    from monitoring.prometheus.windows import Windows

COMMITTED = Path(__file__).parent / "rules"
"""The folder of the rules as they are without settings."""


def rule_files(windows: Windows = REAL, *, runbook: str = RUNBOOK) -> dict[str, str]:
    """Return the texts of the rule files, by name."""
    return {f"{name}.yml": as_yaml(found, runbook=runbook) for name, found in groups(windows).items()}


def write_rules(folder: Path, windows: Windows, *, runbook: str) -> None:
    """Write the rule files into a folder, which is made if it is missing.

    Raises:
        PrometheusError: A file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in rule_files(windows, runbook=runbook).items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise PrometheusError(f"{folder} cannot be written: {error.strerror}") from error
