"""Writes the dashboards as JSON, which Grafana reads."""

from __future__ import annotations

from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from monitoring.grafana import infrastructure, model, service

FOLDER = Path(__file__).parent / "dashboards"
"""Where the committed dashboards are."""


def files() -> dict[str, str]:
    """Return the texts of the dashboards' files, by name."""
    encoder = JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False)
    return {
        f"{page.__name__.rpartition('.')[2]}.json": encoder.encode(page.dashboard()) + "\n"
        for page in (service, model, infrastructure)
    }


def write() -> None:
    """Write the dashboards.

    Raises:
        OSError: A file cannot be written.
    """
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
