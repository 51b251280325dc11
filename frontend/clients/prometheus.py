"""Prometheus: what an expression finds now, and over time."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from frontend.clients.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

TIMEOUT = httpx.Timeout(10, connect=3)
"""In seconds. The pages ask again soon, so a slower answer is not worth the wait."""


class Sample(NamedTuple):
    """The value of a series.

    Attributes:
        labels: Its labels, with its name as `__name__` where it has one.
        value: A finite number.
        at: When Prometheus was asked, by its own clock.
    """

    labels: Mapping[str, str]
    value: float
    at: datetime


class Series(NamedTuple):
    """A series over time.

    Attributes:
        labels: Its labels.
        points: Times and finite values, in order; a time without a value is left out.
    """

    labels: Mapping[str, str]
    points: list[tuple[datetime, float]]


class _OneValue(BaseModel):
    metric: dict[str, str]
    value: tuple[float, float]


class _Values(BaseModel):
    metric: dict[str, str]
    values: list[tuple[float, float]]


class _Vector(BaseModel):
    result: list[_OneValue]


class _Matrix(BaseModel):
    result: list[_Values]


class _NowAnswer(BaseModel):
    data: _Vector


class _OverAnswer(BaseModel):
    data: _Matrix


Answer = TypeVar("Answer", bound=BaseModel)


class Prometheus:
    """One server. Its methods may be called by several threads.

    Every method raises ProblemError if the server does not answer, or refuses.
    """

    def __init__(self, url: str) -> None:
        """Open no connection yet.

        Args:
            url: Where it answers; may hold user and password.
        """
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def now(self, expression: str) -> list[Sample]:
        """Return what an expression finds now."""
        found = self._ask("query", {"query": expression}, _NowAnswer).data.result
        return [
            Sample(one.metric, value, datetime.fromtimestamp(at, UTC))
            for one in found
            for at, value in [one.value]
            if math.isfinite(value)
        ]

    def over(self, expression: str, start: datetime, end: datetime, step: timedelta) -> list[Series]:
        """Return what an expression finds at each step from one time to another."""
        asked = {
            "query": expression,
            "start": f"{start.timestamp():.3f}",
            "end": f"{end.timestamp():.3f}",
            "step": f"{step.total_seconds():.3f}",
        }
        found = self._ask("query_range", asked, _OverAnswer).data.result
        return [
            Series(
                one.metric,
                [(datetime.fromtimestamp(at, UTC), value) for at, value in one.values if math.isfinite(value)],
            )
            for one in found
        ]

    def _ask(self, path: str, asked: Mapping[str, str], answer: type[Answer]) -> Answer:
        try:
            response = self._http.post(f"/api/v1/{path}", data=asked)
        except httpx.TimeoutException as error:
            raise ProblemError("Prometheus takes too long to answer. Try again.", may_repeat=True) from error
        except httpx.HTTPError as error:
            raise ProblemError("Prometheus does not answer. Is it running?", may_repeat=True) from error
        if response.is_error:
            raise _problem(response.status_code)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise ProblemError("What answers is not Prometheus.", may_repeat=False) from error


def _problem(status: int) -> ProblemError:
    """Return the problem of an error answer."""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return ProblemError("Prometheus refuses this application's password.", may_repeat=False)
    may_repeat = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    again = " Try again." if may_repeat else ""
    return ProblemError(f"Prometheus answers with an error ({status}).{again}", may_repeat=may_repeat)
