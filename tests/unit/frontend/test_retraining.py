"""A retraining run in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from frontend.clients.retrain import Progress, Started, Task
from frontend.clients.retrainings import PLANNED, Retraining, StepOutcome
from frontend.retraining import answer_in_words, ending, headline, share_done, table

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def progress(state: str, *tasks: Task) -> Progress:
    return Progress("one", state, NOW, tasks)


def task(name: str, state: str | None, *, seconds: float | None = None) -> Task:
    start = None if state is None else NOW
    return Task(name, state, start, None if seconds is None else NOW + timedelta(seconds=seconds))


def test_the_steps_are_listed_in_order_with_state_and_time() -> None:
    now = NOW + timedelta(seconds=70)
    known = progress("running", task("train", "running"), task("ingest", "success", seconds=3), task("decide", None))
    shown = table(PLANNED, known, now=now)

    assert len(shown["step"]) == len(PLANNED)
    assert (shown["state"][0], shown["time"][0]) == ("✓ done", "3 s")
    assert (shown["state"][1], shown["time"][1]) == ("· waiting", "")
    assert (shown["state"][3], shown["time"][3]) == ("▶ running", "1 min 10 s")
    assert share_done(PLANNED, known) == (1 / 9, "1 of 9 steps. Training the candidate")


def test_a_step_that_was_skipped_says_so_although_airflow_says_success() -> None:
    steps = [StepOutcome("train", "Training", "skipped", "No review is new.")]
    assert table(steps, progress("success", task("train", "success", seconds=1)), now=NOW)["state"] == ["· skipped"]


def test_after_the_end_of_a_run_nothing_waits() -> None:
    assert table(PLANNED, progress("failed", task("ingest", "failed", seconds=1)), now=NOW)["state"][:2] == [
        "✗ failed",
        "· not run",
    ]


def test_a_promotion_says_which_version_and_why() -> None:
    run = Retraining("one", PLANNED, promotion="promoted", reason="Better than production.", served="3")
    assert headline(run, progress("success")) == "Version 3 was promoted."
    assert ending(run, progress("success")) == "Better than production."


def test_a_rejection_says_what_stays() -> None:
    run = Retraining("one", PLANNED, promotion="rejected", reason="Rejected: F1 is lower.", served="2")
    assert headline(run, progress("success")) == "The candidate was rejected."
    assert ending(run, progress("success")) == "Rejected: F1 is lower. Version 2 stays in production."


def test_a_failure_says_where_and_that_production_is_unchanged() -> None:
    failed = progress("failed", task("train", "failed", seconds=1))
    run = Retraining("one", PLANNED)
    assert headline(run, failed) == "The retraining failed."
    assert ending(run, failed) == "It stopped at: Training the candidate. The model in production is unchanged."


def test_after_a_promotion_a_later_failure_does_not_hide_it() -> None:
    run = Retraining(
        "one", PLANNED, promotion="promoted", reason="Better.", served="3", failure="The step report broke."
    )
    assert headline(run, progress("failed")) == "Version 3 was promoted."
    assert ending(run, progress("failed")) == "Better. The step report broke."


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Started("one", "started"), "has started"),
        (Started("one", "running"), "is running already"),
        (Started("one", "cooling_down", 90), "may start in 1 min 30 s"),
    ],
)
def test_every_answer_is_a_sentence(answer: Started, told: str) -> None:
    assert told in answer_in_words(answer)
