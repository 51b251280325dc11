"""Numbers have the digits and units that people need, and no more."""

from __future__ import annotations

import pytest

from frontend.quantities import NO_BREAK, counted, duration, percent, signed


def test_one_thing_is_singular() -> None:
    assert [counted(number, "row") for number in (0, 1, 1204)] == ["0 rows", "1 row", "1,204 rows"]


def test_a_share_stays_on_one_line() -> None:
    assert (percent(0.914), percent(0.9, 1)) == (f"91{NO_BREAK}%", f"90.0{NO_BREAK}%")


def test_nothing_is_not_minus_nothing() -> None:
    assert [signed(one, digits=1) for one in (-0.01, 0.0, 1.23, -1.23)] == ["0.0", "0.0", "+1.2", "\N{MINUS SIGN}1.2"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "0 s"),
        (-3, "0 s"),
        (8, "8 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (7_524, "2 h 5 min"),
        (90_061, "1 d 1 h"),
        (86_461, "1 d"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float, told: str) -> None:
    assert duration(seconds) == told
