"""Decides whether a request starts a run, or gets the one that is active or recent."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypedDict

from lambdas.retrain.airflow import DAG_ID, RunExistsError
from lambdas.retrain.errors import InvalidRequestError, PausedError, UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Literal, NotRequired

    from lambdas.retrain.airflow import Airflow, Dag, Run

_ROUNDS = 3
"""A second round is needed if a run started and ended between two calls, which rarely happens twice."""
_MAX_NAME = 100
_NOBODY = "an unnamed caller"
_FIELDS = ("force", "requested_by")


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a run.

    Attributes:
        force: Start a run even within the cooldown of the last one, and train even without new reviews; never while
            another run is active.
        requested_by: Who asks, shown with the run in Airflow.
    """

    force: bool = False
    requested_by: str = _NOBODY

    @classmethod
    def from_event(cls, event: object) -> Self:
        """Return the request of an event, which may hold anything.

        Raises:
            InvalidRequestError: The event is malformed; the message says how, without quoting it.
        """
        fields = _fields(event)
        force = fields.get("force", False)
        if not isinstance(force, bool):
            raise InvalidRequestError("force must be true or false")
        name = fields.get("requested_by", _NOBODY)
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name.strip()) <= _MAX_NAME:
            raise InvalidRequestError(f"requested_by must be a line of 1 to {_MAX_NAME} characters")
        return cls(force=force, requested_by=name.strip())


class Answer(TypedDict):
    """The function's answer.

    `run_id` is the run that was started, is active or started within the cooldown; `seconds_left` of the cooldown is
    given in the last case.
    """

    run_id: str
    state: Literal["started", "running", "cooling_down"]
    message: str
    seconds_left: NotRequired[int]


def trigger(request: Request, airflow: Airflow, *, cooldown_s: int, now: Callable[[], datetime]) -> Answer:
    """Start a run, unless one is active or, without force, started within the cooldown.

    A run's id is derived from the runs before it: callers who ask at the same moment ask for the same run, which
    Airflow creates once, and a caller whose answer was lost may ask again.

    Raises:
        RetrainError: No run was started, and none is active; the message says why.
    """
    for _ in range(_ROUNDS):
        dag = airflow.dag()
        if active := next((run for run in dag.runs if run.active), None):
            return _running(active)
        if not request.force and (answer := _cooling_down(dag, cooldown_s=cooldown_s, now=now())):
            return answer
        if dag.paused:
            raise PausedError(f"{DAG_ID} is paused in Airflow: unpause it, then try again.")
        run_id = next_run_id(dag.runs, airflow.origin)
        try:
            airflow.start(run_id, force=request.force, note=f"Requested by {request.requested_by}")
        except RunExistsError:
            run = airflow.run(run_id)
            if run.active:
                return _running(run)
            continue  # it has ended already: what was read of the DAG is older
        return {"run_id": run_id, "state": "started", "message": f"Run {run_id} was started."}
    raise UnexpectedAnswerError("Airflow says that every new run exists already: look at its runs.")


def next_run_id(runs: Sequence[Run], origin: Callable[[], str]) -> str:
    """Return the id of the run after the given ones, the same for everybody who reads them.

    It depends on their start times too: an Airflow with a new database may use the same ids as the last one, and a
    run's outcomes are stored under its id.
    """
    seen = "\n".join(sorted(f"{run.run_id} {run.began.isoformat()}" for run in runs)) or origin()
    return f"retrain__{hashlib.sha256(seen.encode()).hexdigest()[:16]}"


def _fields(event: object) -> Mapping[str, object]:
    if not isinstance(event, dict):
        raise InvalidRequestError("the event must be an object: {}, or with force and requested_by")
    if unknown := len(set(event) - set(_FIELDS)):
        raise InvalidRequestError(f"the event has {unknown} unknown fields: it may have force and requested_by")
    return event


def _running(run: Run) -> Answer:
    return {
        "run_id": run.run_id,
        "state": "running",
        "message": f"Run {run.run_id} is active: one runs at a time.",
    }


def _cooling_down(dag: Dag, *, cooldown_s: int, now: datetime) -> Answer | None:
    if not dag.runs:
        return None
    last = max(dag.runs, key=lambda run: run.began)
    # A run that started in the future, by another clock, counts as one that starts now.
    since_s = max(0.0, (now - last.began).total_seconds())
    left = math.ceil(cooldown_s - since_s)
    if left <= 0:
        return None
    return {
        "run_id": last.run_id,
        "state": "cooling_down",
        "seconds_left": left,
        "message": f"Run {last.run_id} started {since_s:.0f} s ago: the next may start in {left} s, or with force.",
    }
