"""Counts, shares, differences, durations and times, as the pages show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

NO_BREAK = "\N{NO-BREAK SPACE}"
_UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def counted(number: int, noun: str) -> str:
    """Return a number of things, such as `1,204 reviews`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share such as `91 %`."""
    return f"{100 * share:.{digits}f}{NO_BREAK}%"


def signed(number: float, *, digits: int = 3) -> str:
    """Return a number with its sign; nothing has none."""
    text = f"{number:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def duration(seconds: float) -> str:
    """Return a time in its two largest units, such as `8 s`, `2 min 5 s` or `1 d 3 h`."""
    rest = max(0, round(seconds))
    place = next((place for place, (_, length) in enumerate(_UNITS) if rest >= length), len(_UNITS) - 1)
    parts: list[str] = []
    for unit, length in _UNITS[place : place + 2]:
        number, rest = divmod(rest, length)
        if number or not parts:
            parts.append(f"{number} {unit}")
    return " ".join(parts)


def day(time: datetime) -> str:
    """Return a day such as `2026-11-30`."""
    return f"{time:%Y-%m-%d}"


def minute(time: datetime) -> str:
    """Return a time of UTC such as `2026-11-30 12:05 UTC`."""
    return f"{time:%Y-%m-%d %H:%M} UTC"
