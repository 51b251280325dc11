"""What keeps a run from being started: a code for programs, a message for people."""

from __future__ import annotations


class RetrainError(Exception):
    """No run was started.

    Args:
        message: What is wrong and what to do, in one line.
    """

    code = "failed"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidRequestError(RetrainError):
    """The event is not a request."""

    code = "invalid_request"


class UnreachableError(RetrainError):
    """Airflow, or the MWAA API in front of it, does not answer; asking again is safe."""

    code = "airflow_unreachable"


class RefusedError(RetrainError):
    """The MWAA API does not let this function in."""

    code = "airflow_refused"


class MissingDagError(RetrainError):
    """Airflow does not know the DAG."""

    code = "dag_missing"


class PausedError(RetrainError):
    """The DAG is paused: a run would wait for ever."""

    code = "dag_paused"


class UnexpectedAnswerError(RetrainError):
    """Airflow answered with an error, or with what nobody can make sense of."""

    code = "airflow_failed"
