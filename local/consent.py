"""Asking before anything is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.errors import LocalError

if TYPE_CHECKING:
    from local.loop import Loop


def confirmed(loop: Loop, *, agreed: bool, command: str) -> bool:
    """Whether to go on: agreed beforehand, or answered with yes now.

    Raises:
        LocalError: There is nobody to ask.
    """
    if agreed:
        return True
    if not loop.terminal.console.is_terminal:
        raise LocalError("Nothing was removed: there is nobody to ask.", remedy=f"YES=1 make {command}")
    if loop.terminal.console.input("Remove it? \\[y/N] ").strip().lower() in {"y", "yes"}:
        return True
    loop.terminal.note("Nothing was removed.")
    return False
