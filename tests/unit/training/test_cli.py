"""People who wait see what is under way and how far it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
import typer
from rich.console import Console

from sentiment.reviews.record import to_line
from sentiment.reviews.sample import load_sample
from training import cli
from training.errors import DataError
from training.runs.dataset import file_dataset

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal has been sent."""
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=120, soft_wrap=True)
    monkeypatch.setattr(cli, "_err", terminal)
    return screen


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.jsonl"
    path.write_text("".join(to_line(review) + "\n" for review in load_sample()[::4]))
    return path


def test_reading_files_moves_a_bar_to_their_whole_size(seen: io.StringIO, reviews: Path) -> None:
    size = f"{reviews.stat().st_size / 1000:.1f}"
    with cli.command() as steps:
        steps("Importing")
        file_dataset([reviews], on_bytes=steps.reading([reviews]))
        steps("Training")
    last = seen.getvalue().split("Reading 1 file of reviews")[-1].split("Training")[0]
    assert f"{size}/{size} kB" in last
    assert "━" in last
    before = seen.getvalue().split("Importing")[-1].split("Reading")[0]
    assert "kB" not in before


def test_a_file_that_is_missing_is_said_by_its_reader(seen: io.StringIO, tmp_path: Path) -> None:
    missing = tmp_path / "missing.jsonl"
    with pytest.raises(typer.Exit), cli.command() as steps:
        file_dataset([missing], on_bytes=steps.reading([missing]))
    assert "missing.jsonl" in seen.getvalue().split("Error:")[1]


def test_where_nothing_can_move_each_step_is_a_line(reviews: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(cli, "_err", Console(file=screen))
    with cli.command() as steps:
        steps("Importing [bold]everything[/bold]")
        file_dataset([reviews], on_bytes=steps.reading([reviews, reviews]))
    with pytest.raises(typer.Exit), cli.command():
        raise DataError("nothing fits")
    assert screen.getvalue().splitlines() == [
        "Importing [bold]everything[/bold]",
        "Reading 2 files of reviews",
        "Error: nothing fits",
    ]
