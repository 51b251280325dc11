"""How far a run is: its state, and each task's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypedDict

from lambdas.retrain.errors import InvalidRequestError, MissingRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.retrain.airflow import Airflow

FIELD = "progress"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,199}")
"""No space and no quote: it becomes part of a command."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question after the progress of a run; of the newest one if `run_id` is None."""

    run_id: str | None

    @classmethod
    def from_event(cls, event: Mapping[str, object]) -> Self:
        """Return the question of an event that has the field `progress`, which may hold anything.

        Raises:
            InvalidRequestError: The event is malformed; the message says how, without quoting it.
        """
        if len(event) > 1:
            raise InvalidRequestError("an event with progress has no other field")
        run_id = event[FIELD]
        if run_id is not None and not (isinstance(run_id, str) and _RUN_ID.fullmatch(run_id)):
            raise InvalidRequestError("progress must be the id of a run, or null for the newest")
        return cls(run_id)


class TaskAnswer(TypedDict):
    """One task; its times are ISO 8601, and what is null has not happened yet."""

    task_id: str
    state: str | None
    start: str | None
    end: str | None


class Answer(TypedDict):
    """The function's answer: the run's state is `queued`, `running`, `success` or `failed`."""

    run_id: str
    state: str
    began: str
    tasks: list[TaskAnswer]


def progress(question: Question, airflow: Airflow) -> Answer:
    """Return how far a run is.

    Raises:
        MissingRunError: It is not among the newest runs.
        RetrainError: Airflow cannot be asked.
    """
    runs = airflow.runs()
    run = next((run for run in runs if question.run_id in {None, run.run_id}), None)
    if run is None:
        missing = f"Airflow has no run {question.run_id}, or only newer ones." if runs else "There has been no run yet."
        raise MissingRunError(missing)
    tasks = airflow.tasks(run.run_id)
    return {
        "run_id": run.run_id,
        "state": run.state,
        "began": run.began.isoformat(),
        "tasks": [
            {"task_id": task.task_id, "state": task.state, "start": task.start, "end": task.end} for task in tasks
        ],
    }
