"""What the registry knows, in words and in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontend.decision import METRICS, points, signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from frontend.clients.registry import Event, Overview, Version
    from frontend.telling_words import TellingWord

NAMES = METRICS | {
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "calibration_error": "calibration error (0 is best)",
}
_CHANGES = {
    "promotion": "promoted",
    "by hand": "promoted by hand",
    "rollback": "rolled back to",
    "repair": "repaired",
    "anchor": "anchor replaced",
    "conflict": "not promoted: production had changed",
    "failure": "run failed",
    "ended": "run ended",
}
_QUIET = {"failure", "ended"}
"""Events of runs, which change nothing and need no decision."""
_SHORT = 12
MOST_WHY = 200
"""The longest reason that a person may give for a rollback, in characters."""


def facts(version: Version) -> dict[str, list[str]]:
    """Return where a version comes from, as the columns of a table."""
    rows = {
        "In production since": _minute(version.promoted_at),
        "Trained": _minute(version.trained_at),
        "Reviews from": _window(version),
        "Feature service": version.feature_service or "none: trained on files",
        "Run in MLflow": f"`{version.run_id}`",
        "Checksum of the data": f"`{version.data_sha256[:_SHORT]}…`" if version.data_sha256 else "not recorded",
        "Checksum of the model": f"`{version.artifact_sha256[:_SHORT]}…`",
        "In production before": f"version {version.previous}" if version.previous else "none",
    }
    return {"fact": list(rows), "value": list(rows.values())}


def metrics(known: Overview) -> dict[str, list[str]]:
    """Return the metrics of production beside those of the version that it was compared with."""
    version, decision = known.production, known.decision
    if version is None:
        return {}
    models = decision.models if decision else {}
    own = models.get("candidate") or version.metrics
    other = models.get("production", {}) if known.compared_with else {}
    found = {one.metric: one for one in decision.against_production} if decision and other else {}
    table = {
        "metric": [NAMES.get(name, name) for name in own],
        f"version {version.version}": [_value(name, value) for name, value in own.items()],
    }
    if other:
        table[f"version {known.compared_with}"] = [_value(name, other[name]) if name in other else "" for name in own]
        table["difference, 90 % interval"] = [
            f"{points(found[name].difference)} ({points(found[name].lower)} to {points(found[name].upper)})"
            if name in found
            else _difference(name, own[name] - other[name])
            if name in other
            else ""
            for name in own
        ]
    return table


def _value(name: str, value: float) -> str:
    return f"{value:.3f}" if name == "calibration_error" else f"{100 * value:.1f} %"


def _difference(name: str, difference: float) -> str:
    return signed(difference) if name == "calibration_error" else points(difference)


def history(events: Iterable[Event], *, quiet: bool) -> dict[str, list[str]]:
    """Return the events as the columns of a table.

    Args:
        events: Newest first.
        quiet: Whether to list also runs that failed or had nothing to do.
    """
    shown = [one for one in events if quiet or one.kind not in _QUIET]
    return {
        "when (UTC)": [f"{one.at:%Y-%m-%d %H:%M}" for one in shown],
        "version": [one.version or "" for one in shown],
        "what": [_what(one) for one in shown],
        "why": [one.reason for one in shown],
    }


def _what(event: Event) -> str:
    if event.kind == "decision":
        return "rejected" if event.outcome == "rejected" else f"accepted ({event.outcome})"
    return _CHANGES.get(event.kind, event.kind)


def weights(words: Sequence[TellingWord]) -> dict[str, list[str]]:
    """Return words with their weights, as the columns of a table."""
    return {
        "word": [one.word for one in words],
        "weight": [signed(one.weight, digits=1) for one in words],
    }


def _window(version: Version) -> str:
    start, end = version.window
    if start is None or end is None:
        return "an unknown time"
    replayed = " (replayed: not the reviews' own times)" if version.replayed else ""
    return f"{start:%Y-%m-%d} to {end:%Y-%m-%d}{replayed}"


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
