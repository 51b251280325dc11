"""Ctrl-C and SIGTERM end a command with one line and exit code 130, and leave nothing half-written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tenacity

from sentiment.model.artifact import dump
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.training import train
from sentiment.reviews.example import as_examples
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
INTERRUPTED = 130
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
ENOUGH_ROWS = 500_000
"""Takes longer to read than a signal to arrive."""


@pytest.fixture(autouse=True)
def signals_arrive() -> Iterator[None]:
    """Let commands get their signals, even if the tests run in the background, where some are ignored."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", SIGNALS)
def test_convert_leaves_the_old_file_and_nothing_half_written(number: signal.Signals, tmp_path: Path) -> None:
    reviews, out = tmp_path / "reviews.json", tmp_path / "out.jsonl"
    reviews.write_text((json.dumps({"overall": 5.0, "reviewText": "good", "asin": "B1"}) + "\n") * ENOUGH_ROWS)
    out.write_text("old")
    with running("-m", "sentiment", "convert", str(reviews), "--out", str(out)) as process:
        _wait_for_partial_files(tmp_path, 2)
        process.send_signal(number)
        _, output = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED
    assert output.split() == ["Interrupted."]
    assert out.read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {reviews.name, out.name}


@pytest.mark.parametrize("number", SIGNALS)
def test_a_command_that_waits_for_a_text_ends_with_one_line(number: signal.Signals, tmp_path: Path) -> None:
    model = tmp_path / "model.json.gz"
    model.write_bytes(dump(train(as_examples(load_sample()[::20]), Hyperparameters(folds=2)).artifact))
    with running("-m", "sentiment", "predict", "--model", str(model), "--json") as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("It works great.\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["label"] == "positive"
        process.send_signal(number)
        _, output = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED
    assert output.split() == ["Interrupted."]


@pytest.mark.parametrize("package", ["sentiment", "training"])
def test_a_command_that_is_still_being_imported_ends_with_one_line(package: str) -> None:
    with running("-X", "importtime", "-m", package, "--help") as process:
        assert process.stderr
        assert any("typer" in imported for imported in process.stderr)
        process.send_signal(signal.SIGINT)
        _, output = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED
    assert "Traceback" not in output
    assert [line for line in output.splitlines() if line and not line.startswith("import time:")] == ["Interrupted."]


@tenacity.retry(stop=tenacity.stop_after_delay(30), wait=tenacity.wait_fixed(0.02), reraise=True)
def _wait_for_partial_files(folder: Path, count: int) -> None:
    assert len(list(folder.glob(".*.partial"))) == count
