"""Every colour of the charts stands out from a white page and from a dark one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from frontend import highlighted_text, palette

COLOURS = {name: value for name, value in vars(palette).items() if name.isupper()}
PAGES = ("#FFFFFF", "#0E1117")
"""Streamlit's backgrounds, light and dark."""


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", COLOURS)
def test_a_colour_has_the_contrast_that_graphics_need(name: str) -> None:
    assert min(contrast(COLOURS[name], page) for page in PAGES) >= 3


def test_words_are_marked_in_the_colours_of_the_charts() -> None:
    style = Path(highlighted_text.__file__).with_suffix(".css").read_text()
    marked = {"#{:02X}{:02X}{:02X}".format(*map(int, one)) for one in re.findall(r"--ink: (\d+) (\d+) (\d+)", style)}
    assert marked == {palette.BLUE, palette.VERMILION}
