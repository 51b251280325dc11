"""Decides whether to start a run, or to return the one that is active or recent."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, TypedDict

from lambdas.retrain.airflow import DAG_ID, RunExistsError
from lambdas.retrain.errors import PausedError, UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import Literal, NotRequired

    from lambdas.retrain.airflow import Airflow, Dag, Run
    from lambdas.retrain.request import Request

_ROUNDS = 3
"""A second round is needed if a run started and ended between two calls, which rarely happens twice."""


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
    """Start a run, unless one is active or started within the cooldown.

    A run's id is derived from the runs before it: callers who ask at the same moment ask for the same run, which
    Airflow creates once, and a caller whose answer was lost may ask again.

    Args:
        request: Who asks, and whether to force it.
        airflow: Where the run is started.
        cooldown_s: Seconds after the start of a run in which the next one must be forced.
        now: The clock.

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
