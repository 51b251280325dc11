"""The client of the archive: what moved the predictions, and what it says when it cannot tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from frontend.clients import archive as archives
from frontend.clients.archive import Archive
from frontend.clients.problems import ProblemError
from tests.integration.archived import archive, log_promotion
from tests.integration.events import NOON

if TYPE_CHECKING:
    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources

DAY = timedelta(days=1)
BEFORE, AFTER = (NOON - 2 * DAY, NOON - DAY), (NOON - DAY, NOON)


def problem(lake: str, artifacts: str) -> ProblemError:
    """Return why two times are not compared."""
    with pytest.raises(ProblemError) as raised:
        Archive(lake, artifacts).changes(BEFORE, AFTER)
    return raised.value


def test_the_word_that_moved_the_predictions_comes_first(resources: Resources, publish: Publish) -> None:
    log_promotion(resources, publish("7"))
    archive(resources, ["great watch"] * 4, BEFORE[0], "before")
    archive(resources, ["great watch"] * 3 + ["awful strap"], AFTER[0], "after")
    found = Archive(resources.lake, resources.artifacts).changes(BEFORE, AFTER)

    assert (found.before, found.after) == (4, 4)
    assert found.split.parts[0].name == "awful"


def test_one_comparison_runs_at_a_time(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[str] = []

    def compare_another(*_: object, **__: object) -> None:
        with pytest.raises(ProblemError) as raised:
            client.changes(BEFORE, AFTER)
        refused.append(str(raised.value))

    client = Archive(resources.lake, resources.artifacts)
    monkeypatch.setattr(archives, "changes", compare_another)
    client.changes(BEFORE, AFTER)
    client.changes(BEFORE, AFTER)
    assert refused == ["Somebody else is comparing two times. Try again in a minute."] * 2


def test_what_cannot_be_compared_is_said_in_a_sentence(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    lake, artifacts = resources.lake, resources.artifacts
    assert str(problem(lake, artifacts)) == "Nothing to compare: there are 0 predictions before and 0 after."
    archive(resources, ["great"] * 2, BEFORE[0], "before")
    archive(resources, ["great"], AFTER[0], "after")
    assert "was never promoted here" in str(problem(lake, artifacts))
    monkeypatch.setattr(archives, "MOST", 1)
    assert "more than 1 predictions. Choose shorter" in str(problem(lake, artifacts))
    gone = problem(f"no-{lake}", artifacts)
    assert (str(gone), gone.may_repeat) == ("The archive does not answer. Try again.", True)
