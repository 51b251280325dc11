"""Where a retraining run keeps the outcome of each step: one JSON object a step, written once, read by every retry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from training.errors import RunError

if TYPE_CHECKING:
    from training.registry.storage import ArtifactStore

PREFIX = "retraining/"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,199}")

ResultT = TypeVar("ResultT", bound=BaseModel)

State = Literal["done", "skipped", "no new data", "too little data"]


class Result(BaseModel):
    """What a step found or made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Outcome(BaseModel, Generic[ResultT]):
    """How a step ended.

    Attributes:
        state: `done`; `no new data` or `too little data`, which end the run; `skipped`, since an earlier step ended it.
        reason: Why it is not done, for people; empty where it is.
        result: Of a step that is done, and of one that found too little or nothing new.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    step: str
    at: AwareDatetime
    state: State
    reason: str = ""
    result: ResultT | None = None


class _AnyResult(BaseModel):
    """What some step found, unread."""


class Workspace:
    """The objects of one run."""

    def __init__(self, store: ArtifactStore, run_id: str) -> None:
        if not _RUN_ID.fullmatch(run_id):
            raise RunError(
                f"{run_id!r} is no id of a run: at most 200 letters, digits and _ . : + - are, a letter or digit first."
            )
        self.run_id = run_id
        self._store = store

    def key(self, name: str) -> str:
        """Return the key of an object of this run."""
        return f"{PREFIX}{self.run_id}/{name}"

    def address(self, step: str) -> str:
        """Return the `s3://` address of a step's outcome."""
        return self._store.uri(self.key(f"{step}.json"))

    def read(self, step: str, result: type[ResultT]) -> Outcome[ResultT] | None:
        """Return a step's outcome; None where there is none yet.

        Raises:
            RunError: What lies there is no outcome of that step.
        """
        data = self._store.get(self.key(f"{step}.json"))
        return None if data is None else self._parsed(step, result, data)

    def state(self, step: str) -> tuple[State, str] | None:
        """Return how a step ended, and why if it is not done; None where it has not ended.

        Raises:
            RunError: What lies there is no outcome of that step.
        """
        outcome = self.read(step, _AnyResult)
        return None if outcome is None else (outcome.state, outcome.reason)

    def write(self, outcome: Outcome[ResultT], result: type[ResultT]) -> Outcome[ResultT]:
        """Keep a step's outcome unless there is one, and return the one that stands."""
        data = self._store.put_once(self.key(f"{outcome.step}.json"), outcome.model_dump_json(indent=2).encode())
        return self._parsed(outcome.step, result, data)

    def put(self, name: str, data: bytes, content_type: str) -> str:
        """Keep another object of this run and return its address."""
        return self._store.put(self.key(name), data, content_type)

    def put_once(self, name: str, data: bytes) -> bytes:
        """Keep another object of this run unless there is one, and return the one that stands."""
        return self._store.put_once(self.key(name), data)

    def get(self, name: str) -> bytes:
        """Return another object of this run.

        Raises:
            RunError: It is gone.
        """
        data = self._store.get(self.key(name))
        if data is None:
            raise RunError(f"{self._store.uri(self.key(name))} is gone: start another run.")
        return data

    def _parsed(self, step: str, result: type[ResultT], data: bytes) -> Outcome[ResultT]:
        try:
            return Outcome[result].model_validate_json(data)  # type: ignore[valid-type]  # a model made of the type given
        except ValidationError as error:
            raise RunError(
                f"{self.address(step)} is no outcome of {step}: {error.error_count()} fields are wrong. "
                "Start another run."
            ) from error
