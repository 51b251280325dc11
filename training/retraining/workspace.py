"""Where a retraining run keeps what each step left behind: one JSON object per step, written once."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from training.errors import RunError

if TYPE_CHECKING:
    from training.registry.storage import ArtifactStore
    from training.retraining.steps import Step

PREFIX = "retraining/"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,199}")

State = Literal["done", "skipped", "no new data", "too little data"]


class Result(BaseModel):
    """What a step found or made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


ResultT = TypeVar("ResultT", bound=Result)


class Outcome(BaseModel, Generic[ResultT]):
    """How a step ended.

    Attributes:
        state: `done`; `no new data` or `too little data`, which end the run; `skipped` if an earlier step ended it.
        reason: Why the step is not done, for people; empty if it is.
        result: The result of a step that is done, or that found too little data or nothing new.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    step: str
    at: AwareDatetime
    state: State
    reason: str = ""
    result: ResultT | None = None


class Workspace:
    """The objects of one run."""

    def __init__(self, store: ArtifactStore, run_id: str) -> None:
        if not _RUN_ID.fullmatch(run_id):
            raise RunError(
                f"Invalid run id {run_id!r}: use at most 200 letters, digits and _ . : + -, starting with a letter or "
                "digit."
            )
        self.run_id = run_id
        self._store = store

    def key(self, name: str) -> str:
        """Return the key of an object of this run."""
        return f"{PREFIX}{self.run_id}/{name}"

    def address(self, step: Step[ResultT]) -> str:
        """Return the `s3://` address of a step's outcome."""
        return self._store.uri(self._key_of(step))

    def read(self, step: Step[ResultT]) -> Outcome[ResultT] | None:
        """Return a step's outcome; None if it has none yet.

        Raises:
            RunError: The object is not an outcome of that step.
        """
        data = self._store.get(self._key_of(step))
        return None if data is None else self._parsed(step, data)

    def write(self, step: Step[ResultT], outcome: Outcome[ResultT]) -> Outcome[ResultT]:
        """Store a step's outcome unless it has one; return the stored one."""
        return self._parsed(step, self._store.put_once(self._key_of(step), outcome.model_dump_json(indent=2).encode()))

    def put(self, name: str, data: bytes, content_type: str) -> str:
        """Store another object of this run and return its address."""
        return self._store.put(self.key(name), data, content_type)

    def put_by_content(self, name: str, data: bytes, content_type: str) -> str:
        """Store another object of this run, with its checksum in its name, and return its address.

        An attempt that Airflow gave up on may still write its own after this one's outcome.
        """
        stem, _, suffix = name.rpartition(".")
        return self.put(f"{stem}-{sha256(data).hexdigest()[:16]}.{suffix}", data, content_type)

    def put_once(self, name: str, data: bytes) -> bytes:
        """Store another object of this run unless it exists; return the stored content."""
        return self._store.put_once(self.key(name), data)

    def get(self, name: str) -> bytes:
        """Return another object of this run.

        Raises:
            RunError: It does not exist.
        """
        data = self._store.get(self.key(name))
        if data is None:
            raise RunError(f"{self._store.uri(self.key(name))} is missing: start another run.")
        return data

    def get_at(self, address: str) -> bytes:
        """Return the object of this run that has this address.

        Raises:
            RunError: It does not exist.
        """
        return self.get(address.rpartition("/")[2])

    def _key_of(self, step: Step[ResultT]) -> str:
        return self.key(f"{step.name}.json")

    def _parsed(self, step: Step[ResultT], data: bytes) -> Outcome[ResultT]:
        result = step.load_result()
        try:
            return Outcome[result].model_validate_json(data)  # type: ignore[valid-type]  # a type known at run time only
        except ValidationError as error:
            raise RunError(
                f"{self.address(step)} is not an outcome of {step.name}: {error.error_count()} fields are wrong. "
                "Start another run."
            ) from error
