"""The picture of the loop in the README is the one that its source draws, and names every part."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
NUMBER = re.compile(r"-?\d+\.\d+")
NAMES = {
    "API Gateway", "inference", "feedback", "archive", "retrain", "predictions", "feedback, counters", "lake", "Feast",
    "product statistics", "serving/production.json", "fast_retrain_dag", "Airflow, MLflow", "MWAA API",
}  # fmt: skip


def test_the_picture_of_the_loop_is_what_its_source_draws(tmp_path: Path) -> None:
    runpy.run_path(str(DOCS / "loop.py"))["save"](tmp_path / "loop.svg")
    drawn, kept = (path.read_text() for path in (tmp_path / "loop.svg", DOCS / "loop.svg"))
    assert NUMBER.sub("", drawn) == NUMBER.sub("", kept), "draw it again: .venv/bin/python docs/loop.py"
    # Other processors may round the last digit differently.
    assert [float(number) for number in NUMBER.findall(drawn)] == pytest.approx(
        [float(number) for number in NUMBER.findall(kept)], abs=0.01
    )


def test_the_picture_of_the_loop_names_every_function_and_store() -> None:
    assert set(re.findall(r"<!-- (.*?) -->", (DOCS / "loop.svg").read_text())) >= NAMES
