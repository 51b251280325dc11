"""When a run is started, and when its caller is told of another one."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, TypedDict

from lambdas.retrain.airflow import DAG_ID, AlreadyThereError
from lambdas.retrain.errors import PausedError, UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import Literal, NotRequired

    from lambdas.retrain.airflow import Airflow, Dag, Run
    from lambdas.retrain.request import Request

_ROUNDS = 3
"""Looking again is needed where a run began and ended between two calls: more than once it does not happen."""


class Answer(TypedDict):
    """What a caller is told.

    `run_id` is the run that was started, that is under way, or that began so recently; `seconds_left` stands there
    while it is too early for the next.
    """

    run_id: str
    state: Literal["started", "running", "cooling_down"]
    message: str
    seconds_left: NotRequired[int]


def trigger(request: Request, airflow: Airflow, *, cooldown_s: int, now: Callable[[], datetime]) -> Answer:
    """Start a run, unless one is under way or began within the cooldown.

    A run's id follows from the runs before it: callers who ask at the same moment ask for the same run, of which
    Airflow makes one, and a caller whose answer was lost may ask again.

    Args:
        request: Who asks.
        airflow: Where.
        cooldown_s: Seconds after the begin of a run in which the next must be forced.
        now: The clock.

    Raises:
        RetrainError: No run was started, and none is under way; the message says why.
    """
    for _ in range(_ROUNDS):
        dag = airflow.dag()
        if active := next((run for run in dag.runs if run.active), None):
            return _running(active)
        if not request.force and (answer := _cooling_down(dag, cooldown_s=cooldown_s, now=now())):
            return answer
        if dag.paused:
            raise PausedError(f"{DAG_ID} is paused in Airflow, where its run would wait: unpause it, then ask again.")
        run_id = next_run_id(dag.runs, airflow.origin)
        try:
            airflow.start(run_id, force=request.force, note=f"Requested by {request.requested_by}")
        except AlreadyThereError:
            run = airflow.run(run_id)
            if run.active:
                return _running(run)
            continue  # it is over already: what was seen of the DAG is from before it
        return {"run_id": run_id, "state": "started", "message": f"Run {run_id} was started."}
    raise UnexpectedAnswerError("Airflow says of every new run that it is already there: look at its runs.")


def next_run_id(runs: Sequence[Run], origin: Callable[[], str]) -> str:
    """Name the run that follows the given ones, the same for everybody who sees them.

    With the times of their begin: an Airflow with a new database may name its runs as the last one did, and what a
    run made is kept under its id.
    """
    seen = "\n".join(sorted(f"{run.run_id} {run.began.isoformat()}" for run in runs)) or origin()
    return f"retrain__{hashlib.sha256(seen.encode()).hexdigest()[:16]}"


def _running(run: Run) -> Answer:
    return {"run_id": run.run_id, "state": "running", "message": f"Run {run.run_id} is under way: one at a time."}


def _cooling_down(dag: Dag, *, cooldown_s: int, now: datetime) -> Answer | None:
    if not dag.runs:
        return None
    last = max(dag.runs, key=lambda run: run.began)
    # A run that began in the future, by another clock, cools down for no longer than one that begins now.
    since_s = max(0.0, (now - last.began).total_seconds())
    left = math.ceil(cooldown_s - since_s)
    if left <= 0:
        return None
    return {
        "run_id": last.run_id,
        "state": "cooling_down",
        "seconds_left": left,
        "message": f"Run {last.run_id} began {since_s:.0f} s ago: the next may begin in {left} s, or with force.",
    }
