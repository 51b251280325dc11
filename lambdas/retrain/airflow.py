"""What the function needs of Airflow, by REST API or command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, Self

from lambdas.retrain.errors import UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DAG_ID = "fast_retrain_dag"
NEWEST_RUNS = 25
"""How many runs are read. Only one is ever active, and an old one only after somebody cleared it."""
_ACTIVE = {"queued", "running"}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the DAG.

    Attributes:
        run_id: Airflow's `dag_run_id`.
        state: `queued`, `running`, `success` or `failed`.
        began: When it started, or when it was due if it has not started.
    """

    run_id: str
    state: str
    began: datetime

    @property
    def active(self) -> bool:
        """Whether it is queued or running."""
        return self.state in _ACTIVE

    @classmethod
    def from_fields(cls, fields: Mapping[str, object], *, id_field: str) -> Self:
        """Return a run from what Airflow's REST API or command line says of it.

        Raises:
            UnexpectedAnswerError: A field is missing or malformed.
        """
        run_id, state = fields.get(id_field), fields.get("state")
        began = fields.get("start_date") or fields.get("run_after")
        if not isinstance(run_id, str) or not isinstance(state, str) or not isinstance(began, str):
            raise UnexpectedAnswerError(f"Airflow describes a run without {id_field}, state or start_date.")
        try:
            moment = datetime.fromisoformat(began)
        except ValueError as error:
            raise UnexpectedAnswerError(f"Airflow gives a malformed time: {began[:40]!r}.") from error
        return cls(run_id=run_id, state=state, began=moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a run.

    Attributes:
        task_id: Its name.
        state: Airflow's word for it, such as `running`; None before it is scheduled.
        start: When its last attempt started; None if none has.
        end: When that ended; None if it has not.
    """

    task_id: str
    state: str | None
    start: str | None
    end: str | None

    @classmethod
    def from_fields(cls, fields: Mapping[str, object]) -> Self:
        """Return a task from what Airflow's REST API or command line says of it; the latter leaves out with `""`.

        Raises:
            UnexpectedAnswerError: It has no name, or a field is malformed.
        """
        task_id = fields.get("task_id")
        state, start, end = (fields.get(name) or None for name in ("state", "start_date", "end_date"))
        if not isinstance(task_id, str) or not all(
            value is None or isinstance(value, str) for value in (state, start, end)
        ):
            raise UnexpectedAnswerError("Airflow describes a task without task_id, or with a malformed field.")
        return cls(task_id, *(value if isinstance(value, str) else None for value in (state, start, end)))


@dataclass(frozen=True, slots=True)
class Dag:
    """The DAG and its runs.

    Attributes:
        paused: Whether new runs stay queued until the DAG is unpaused.
        runs: The newest runs.
    """

    paused: bool
    runs: Sequence[Run]


class RunExistsError(Exception):
    """There is a run with that id."""


class Airflow(Protocol):
    """What the trigger asks of Airflow. Every call may raise the errors of `lambdas.retrain.errors`."""

    def dag(self) -> Dag:
        """Return the DAG and its newest runs."""

    def runs(self) -> Sequence[Run]:
        """Return the newest runs."""

    def run(self, run_id: str) -> Run:
        """Return one run."""

    def tasks(self, run_id: str) -> Sequence[Task]:
        """Return the tasks of a run."""

    def origin(self) -> str:
        """Return a name of this Airflow database, on which two callers agree before the first run."""

    def start(self, run_id: str, *, force: bool, note: str) -> None:
        """Start a run.

        Args:
            run_id: Its id.
            force: Whether it trains even without new reviews; a parameter of the DAG.
            note: For people.

        Raises:
            RunExistsError: There is a run with that id.
        """
