"""Why predictions moved, in words and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontend.quantities import signed

if TYPE_CHECKING:
    from frontend.clients.archive import Changes, Part

SHOWN = 10
LEAST = 0.005
"""A change of the mean log-odds that is smaller is none."""


def summary(changes: Changes) -> str:
    """Return how far the predictions moved."""
    before, after = changes.split.before, changes.split.after
    move = after - before
    way = "hardly moved" if abs(move) < LEAST else f"moved towards {'positive' if move > 0 else 'negative'}"
    start, end, by = map(_log_odds, (before, after, move))
    return (
        f"The predictions {way}: their mean log-odds of positive went from {start} to {end}, by "
        f"{by}. There were {changes.before:,} predictions in the earlier time and {changes.after:,} in the "
        f"later one. The parts below are the largest of {len(changes.split.parts):,}, which add up to the change."
    )


def rows(changes: Changes) -> dict[str, list[str]]:
    """Return the largest parts of the change as a table, each with a review that shows it."""
    parts = changes.split.parts[:SHOWN]
    return {
        "change": [_log_odds(part.change) for part in parts],
        "cause": [part.kind for part in parts],
        "which": [_name(part) for part in parts],
        "for example": [part.example for part in parts],
    }


def _log_odds(value: float) -> str:
    return signed(value, digits=2)


def _name(part: Part) -> str:
    name = f"not {part.name[1:]}" if part.kind == "words" and part.name.startswith("~") else part.name
    return name if part.product is None else f"{name} (product {part.product})"
