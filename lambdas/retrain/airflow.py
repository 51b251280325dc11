"""Airflow as this function needs it, whichever way it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, Self

from lambdas.retrain.errors import UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DAG_ID = "fast_retrain_dag"
LOOKED_AT = 25
"""Newest runs that are looked at; only one is ever active, and an older one only after somebody cleared it."""
_ACTIVE = {"queued", "running"}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the DAG.

    Attributes:
        run_id: Airflow's `dag_run_id`.
        state: `queued`, `running`, `success` or `failed`.
        began: When its first task could start, or when it was due where it has not begun.
    """

    run_id: str
    state: str
    began: datetime

    @property
    def active(self) -> bool:
        """Whether it is not over."""
        return self.state in _ACTIVE

    @classmethod
    def from_fields(cls, fields: Mapping[str, object], *, id_field: str) -> Self:
        """Read a run as Airflow describes it, in its REST API or its command line.

        Raises:
            UnexpectedAnswerError: A field is missing, or is not what it should be.
        """
        run_id, state = fields.get(id_field), fields.get("state")
        began = fields.get("start_date") or fields.get("run_after")
        if not isinstance(run_id, str) or not isinstance(state, str) or not isinstance(began, str):
            raise UnexpectedAnswerError(f"Airflow describes a run without {id_field}, state or start_date.")
        try:
            moment = datetime.fromisoformat(began)
        except ValueError as error:
            raise UnexpectedAnswerError(f"Airflow gives a time that is none: {began[:40]!r}.") from error
        return cls(run_id=run_id, state=state, began=moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Dag:
    """The DAG and what it did.

    Attributes:
        paused: Whether its runs wait for somebody to unpause it.
        runs: The newest.
    """

    paused: bool
    runs: Sequence[Run]


class AlreadyThereError(Exception):
    """There is a run of that id."""


class Airflow(Protocol):
    """What the trigger asks of Airflow. Every call may raise the errors of `lambdas.retrain.errors`."""

    def dag(self) -> Dag:
        """Look at the DAG and its newest runs."""

    def run(self, run_id: str) -> Run:
        """Look at one run."""

    def origin(self) -> str:
        """Name this Airflow database as no other one is named: what two callers agree on before the first run."""

    def start(self, run_id: str, *, force: bool, note: str) -> None:
        """Make a run.

        Args:
            run_id: Its id.
            force: Whether it trains even if there is nothing new; a parameter of the DAG.
            note: For people.

        Raises:
            AlreadyThereError: There is one of that id.
        """
