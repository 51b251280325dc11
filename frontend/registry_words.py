"""What the registry knows, in words and in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontend.decision import METRICS, points
from frontend.plain import plain
from frontend.quantities import day, minute, percent, signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from frontend.clients.registry import Event, Overview, Version
    from frontend.decision import Difference
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
    "rollback": "served again",
    "repair": "repaired",
    "anchor": "anchor replaced",
    "conflict": "not promoted: production had changed",
    "failure": "run failed",
    "ended": "run ended",
}
_QUIET = {"failure", "ended"}
"""Events of runs, which change nothing and need no decision."""
_VERDICTS = {"improves": "Better than production", "maintains": "No worse than production"}
_SHORT = 12
MOST_WHY = 200
"""The longest reason that a person may give for a rollback, in characters."""


def facts(version: Version) -> dict[str, list[str]]:
    """Return where a version comes from, as the columns of a table."""
    rows = {
        "In production since": minute(version.promoted_at),
        "Trained": minute(version.trained_at),
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
        table["difference (90 % interval)"] = [
            _with_interval(found[name])
            if name in found
            else f"{_difference(name, own[name] - other[name])} (no interval)"
            if name in other
            else ""
            for name in own
        ]
    return table


def _with_interval(found: Difference) -> str:
    return f"{points(found.difference)} points ({points(found.lower)} to {points(found.upper)})"


def _value(name: str, value: float) -> str:
    return f"{value:.3f}" if name == "calibration_error" else percent(value, 1)


def _difference(name: str, difference: float) -> str:
    return signed(difference) if name == "calibration_error" else f"{points(difference)} points"


def history(events: Iterable[Event], *, quiet: bool) -> dict[str, list[str]]:
    """Return the events as the columns of a table, whose cells are Markdown.

    Args:
        events: Newest first.
        quiet: Whether to list also runs that failed or had nothing to do.
    """
    shown = [one for one in events if quiet or one.kind not in _QUIET]
    return {
        "when": [minute(one.at) for one in shown],
        "what": [_what(one) for one in shown],
        "why": [plain(why(one)) for one in shown],
    }


def why(one: Version | Event) -> str:
    """Return why a version is in production, or why something happened; differences of F1 are in points.

    The sentence that the gate stored has them as decimals, and with more numbers than fit a page.
    """
    decision = one.decision
    if decision is None or decision.outcome not in _VERDICTS:
        return one.reason
    basis = f"on {decision.held_out:,} held-out reviews"
    differences = ", ".join(
        f"{METRICS.get(found.metric, found.metric)} {points(found.difference)} points"
        for found in decision.against_production
    )
    if decision.first:
        return f"Accepted as the first model {basis}: {differences} against always predicting the more frequent label."
    return f"{_VERDICTS[decision.outcome]} {basis}: {differences}."


def _what(event: Event) -> str:
    what = _CHANGES.get(event.kind, event.kind)
    if event.kind == "decision":
        what = "rejected" if event.outcome == "rejected" else f"accepted ({event.outcome})"
    return f"version {event.version}: {what}" if event.version else what


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
    return f"{day(start)} to {day(end)}{replayed}"
