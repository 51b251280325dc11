"""A retraining run in words: what was answered, how far it is, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from frontend.quantities import duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from frontend.clients.retrain import Progress, Started, Task
    from frontend.clients.retrainings import Retraining, StepOutcome

STATES = {
    None: "waiting",
    "scheduled": "waiting",
    "queued": "waiting",
    "deferred": "waiting",
    "running": "running",
    "success": "done",
    "failed": "failed",
    "up_for_retry": "failed, will be tried again",
    "up_for_reschedule": "waiting",
    "upstream_failed": "not run, because an earlier step failed",
    "skipped": "skipped",
    "removed": "removed",
    "restarting": "starting again",
}
"""Airflow's words for a task's state, in those of the page."""
_MARKS = {"running": "▶", "done": "✓", "failed": "✗"}
"""Before a state; no hyphen, which would start a list in Markdown."""
_OVER = {"success", "failed", "skipped", "upstream_failed", "removed"}


def answer_in_words(answer: Started) -> str:
    """Return what an answer of the retrain function means."""
    if answer.state == "started":
        return "A retraining has started."
    if answer.state == "running":
        return "A retraining is running already: one runs at a time. You see that one."
    return (
        f"The last retraining started a short while ago. The next one may start in {duration(answer.seconds_left)}, "
        "or at once if you tick the box."
    )


def table(steps: Sequence[StepOutcome], progress: Progress, *, now: datetime) -> dict[str, list[str]]:
    """Return how far each step is, as the columns of a table.

    Args:
        steps: The steps in order; what a step left behind says more than Airflow's state.
        progress: What Airflow says.
        now: The time until which a running task has taken.
    """
    tasks = {task.task_id: task for task in progress.tasks}
    rows = [(step.title, *_row(step, tasks.get(step.name), now, active=progress.active)) for step in steps]
    return {
        "step": [title for title, _, _ in rows],
        "state": [f"{_MARKS.get(state, '·')} {state}" for _, state, _ in rows],
        "time": [took for _, _, took in rows],
    }


def _row(step: StepOutcome, task: Task | None, now: datetime, *, active: bool) -> tuple[str, str]:
    state = STATES.get(task.state, task.state or "waiting") if task else "waiting"
    if step.state is not None and step.state != "done":
        state = step.state
    elif state == "waiting" and not active:
        state = "not run"
    took = duration(((task.end or now) - task.start).total_seconds()) if task and task.start else ""
    return state, took


def share_done(steps: Sequence[StepOutcome], progress: Progress) -> tuple[float, str]:
    """Return the share of the steps that are over, and what runs now."""
    tasks = {task.task_id: task for task in progress.tasks}
    over = [step for step in steps if step.name in tasks and tasks[step.name].state in _OVER]
    running = [step.title for step in steps if step.name in tasks and tasks[step.name].state == "running"]
    doing = ", ".join(running) or "Waiting for Airflow"
    return len(over) / len(steps), f"{len(over)} of {len(steps)} steps. {doing}"


def headline(run: Retraining, progress: Progress) -> str:
    """Return how a run that is over ended, in a few words."""
    ended = _ended_at(run)
    if run.promotion == "promoted":
        return f"Version {run.served} was promoted."
    if run.promotion == "rejected":
        return "The candidate was rejected."
    if run.promotion == "conflict":
        return "The candidate was not promoted, because production changed meanwhile."
    if ended and ended.state:
        return _ENDED.get(ended.state, ended.state)
    return "The retraining failed." if progress.state == "failed" else "This retraining left no outcome behind."


_ENDED = {
    "no new data": "There was nothing new to train on.",
    "too little data": "There was too little data to train on.",
}


def ending(run: Retraining, progress: Progress) -> str:
    """Return why, and what is served, in a sentence or two."""
    sentences = []
    if run.reason:
        sentences.append(run.reason)
    elif ended := _ended_at(run):
        sentences.append(ended.reason)
    if run.promotion and run.promotion != "promoted":
        sentences.append(f"Version {run.served} stays in production." if run.served else "Nothing is served.")
    if progress.state == "failed":
        sentences.append(run.failure or _failed_step(run, progress))
        if not run.promotion:
            sentences.append("The model in production is unchanged.")
    return " ".join(sentences)


def _ended_at(run: Retraining) -> StepOutcome | None:
    """Return the step that ended the run before its time."""
    return next((step for step in run.steps if step.state not in {None, "done", "skipped"}), None)


def _failed_step(run: Retraining, progress: Progress) -> str:
    failed = {task.task_id for task in progress.tasks if task.state == "failed"}
    title = next((step.title for step in run.steps if step.name in failed), None)
    return f"It stopped at: {title}." if title else "No step says why: see its page in Airflow."
