"""`python -m monitoring why` reads the archive and the models that made its predictions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from monitoring.__main__ import app
from tests.integration.archived import archive, log_promotion
from tests.integration.events import NOON

if TYPE_CHECKING:
    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources

BEFORE, AFTER = NOON - timedelta(hours=30), NOON - timedelta(hours=6)


def why(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["why", *arguments], env={"COLUMNS": "200"})
    return done.exit_code, done.output


@pytest.fixture
def archived(resources: Resources, publish: Publish) -> Resources:
    log_promotion(resources, publish("7"))
    archive(resources, ["great watch"] * 40, BEFORE, "before")
    archive(resources, ["great watch"] * 30 + ["awful strap"] * 10, AFTER, "after")
    archive(resources, ["awful strap"] * 99, NOON + timedelta(days=1), "later")
    return resources


def test_the_word_that_moved_the_predictions_is_named(archived: Resources) -> None:
    assert archived.lake
    day_before, now = f"{NOON - timedelta(days=1):%Y-%m-%dT%H:%M}", f"{NOON:%Y-%m-%dT%H:%M}"
    code, output = why("--from", f"{NOON - timedelta(days=2):%Y-%m-%dT%H:%M}", "--to", day_before, "--until", now)
    assert code == 0, output
    assert "40 predictions before, 40 after" in output
    first = next(line for line in output.splitlines() if " words " in line)
    assert "awful" in first
    assert "awful strap" in first


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--from", "1d", "--to", "2d"], "--from must be before --to"),
        (["--from", "yesterday", "--to", "1d"], "is neither like 2d"),
        (["--from", "9999999d", "--to", "1d"], "is neither like 2d"),
        (["--from", "2020-01-01", "--to", "2020-01-02", "--until", "2020-01-03"], "0 predictions before and 0 after"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(archived: Resources, arguments: list[str], problem: str) -> None:
    assert archived.lake
    code, output = why(*arguments)
    assert code != 0
    assert problem in " ".join(output.split())


def test_a_version_that_was_never_in_production_is_named(resources: Resources) -> None:
    archive(resources, ["great watch"], BEFORE, "before")
    archive(resources, ["great watch"], AFTER, "after")
    code, output = why("--from", "2026-11-21", "--to", "2026-11-23", "--until", "2026-11-24")
    assert code == 1
    assert "no model version 7" in " ".join(output.split())
