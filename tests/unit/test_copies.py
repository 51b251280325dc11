"""What stands in two places, because neither side may import the other, stays the same in both."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_interrupts_end_commands_of_both_folders_the_same_way() -> None:
    local, sentiment = (ROOT / folder / "interruption.py" for folder in ("local", "sentiment"))
    assert local.read_text() == sentiment.read_text()
