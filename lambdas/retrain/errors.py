"""Errors that keep a run from being started or read, each with a code for programs and a message for people."""

from __future__ import annotations


class RetrainError(Exception):
    """No run was started, or none can be read; the message says in one line what happened and what to do."""

    code = "failed"


class InvalidRequestError(RetrainError):
    """The event is not a request."""

    code = "invalid_request"


class UnreachableError(RetrainError):
    """Airflow, or the MWAA API in front of it, does not answer; it is safe to try again."""

    code = "airflow_unreachable"


class RefusedError(RetrainError):
    """The MWAA API or Airflow refuses this function."""

    code = "airflow_refused"


class MissingDagError(RetrainError):
    """Airflow does not know the DAG."""

    code = "dag_missing"


class MissingRunError(RetrainError):
    """There is no such run, or none at all yet."""

    code = "run_missing"


class PausedError(RetrainError):
    """The DAG is paused: a run would stay queued."""

    code = "dag_paused"


class UnexpectedAnswerError(RetrainError):
    """Airflow answered with an error, or with something unexpected."""

    code = "airflow_failed"
