"""The retrain function: starts a retraining run in Airflow, and says how far one is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 (pydantic reads the annotations)
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
from pydantic import TypeAdapter, ValidationError

from frontend.clients.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda import LambdaClient

CLIENT = Config(connect_timeout=3, read_timeout=65, retries={"mode": "standard", "total_max_attempts": 1})
"""The function itself gives up after 60 s. People ask again themselves: both kinds of events may be repeated."""
REQUESTED_BY = "the web page"


@dataclass(frozen=True, slots=True)
class Started:
    """The answer to a request for a run.

    Attributes:
        run_id: The run that was started, is running, or started lately.
        state: Which of the three.
        seconds_left: In the last case, until the next one may start.
    """

    run_id: str
    state: Literal["started", "running", "cooling_down"]
    seconds_left: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a run; what is None has not happened yet. The state is Airflow's word."""

    task_id: str
    state: str | None
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        run_id: Its id.
        state: `queued`, `running`, `success` or `failed`.
        began: When it started, or is due.
        tasks: In no order.
    """

    run_id: str
    state: str
    began: datetime
    tasks: tuple[Task, ...]

    @property
    def active(self) -> bool:
        """Whether it is queued or running."""
        return self.state in {"queued", "running"}


Answer = TypeVar("Answer")
_STARTED, _PROGRESS = TypeAdapter(Started), TypeAdapter(Progress)


class RetrainFunction:
    """The retrain function of one deployment. Its methods may be called by several threads.

    Every method raises ProblemError if the function does not answer, or cannot reach Airflow.
    """

    def __init__(self, name: str, *, region: str) -> None:
        self._name = name
        self._lambda: LambdaClient = boto3.client("lambda", region_name=region, config=CLIENT)

    def close(self) -> None:
        """Close the connections."""
        self._lambda.close()

    def start(self, *, force: bool) -> Started:
        """Start a run, or return the one to wait for; asking twice starts one.

        Args:
            force: Do not wait for the cooldown, and train even if nothing is new.
        """
        return self._call({"force": force, "requested_by": REQUESTED_BY}, _STARTED)

    def progress(self, run_id: str | None = None) -> Progress | None:
        """Return how far a run is, or the newest one; None if there has been none yet."""
        try:
            return self._call({"progress": run_id}, _PROGRESS)
        except _MissingRunError:
            if run_id is None:
                return None
            raise

    def _call(self, event: Mapping[str, Any], answer: TypeAdapter[Answer]) -> Answer:
        if not self._name:
            raise ProblemError("This application is not told which function starts a retraining.", may_repeat=False)
        try:
            called: Mapping[str, Any] = self._lambda.invoke(FunctionName=self._name, Payload=json.dumps(event))
            content = called["Payload"].read()
        except (ClientError, BotoCoreError) as error:
            raise _problem_of(error) from error
        if "FunctionError" in called:
            raise ProblemError("The retrain function made a mistake. Try again.", may_repeat=True)
        try:
            return answer.validate_json(content)
        except ValidationError as error:
            raise _refusal(content) from error


class _MissingRunError(ProblemError):
    """There is no such run."""


def _refusal(content: bytes) -> ProblemError:
    """Return the problem of an answer that is an error's."""
    try:
        code = json.loads(content)["error"]["code"]
        message, may_repeat = _REFUSALS[code]
    except (ValueError, KeyError, TypeError):
        return ProblemError("What answers is not this loop's retrain function.", may_repeat=False)
    kind = _MissingRunError if code == "run_missing" else ProblemError
    return kind(message, may_repeat=may_repeat)


_REFUSALS = {
    "airflow_unreachable": ("Airflow does not answer. Is it running? Try again in a minute.", True),
    "airflow_refused": ("Airflow refuses the retrain function: its role may not start runs.", False),
    "airflow_failed": ("Airflow answers with something unexpected. Try again.", True),
    "dag_missing": ("Airflow has not loaded the retraining yet. Try again in a minute.", True),
    "dag_paused": ("Retraining is paused: unpause fast_retrain_dag in Airflow, then try again.", True),
    "run_missing": ("Airflow does not list this run any more.", False),
    "invalid_request": ("The retrain function and this application are of different versions.", False),
}


def _problem_of(error: ClientError | BotoCoreError) -> ProblemError:
    """Return the problem of a call that did not reach the function."""
    if isinstance(error, (ReadTimeoutError, ConnectTimeoutError)):
        return ProblemError("The retrain function takes too long to answer. Try again.", may_repeat=True)
    if isinstance(error, NoCredentialsError):
        return ProblemError("This application has no AWS credentials.", may_repeat=False)
    if isinstance(error, BotoCoreError):
        return ProblemError("The retrain function does not answer. Is the loop running?", may_repeat=True)
    code = error.response["Error"]["Code"]
    if code in _CALLS:
        return ProblemError(_CALLS[code], may_repeat=code == "TooManyRequestsException")
    return ProblemError(f"AWS does not call the retrain function ({code}).", may_repeat=True)


_CALLS = {
    "ResourceNotFoundException": "There is no retrain function: the loop is not deployed here.",
    "AccessDeniedException": "This application may not call the retrain function.",
    "TooManyRequestsException": "There are too many requests at the moment. Try again in a few seconds.",
}
