"""A patient client of the public API: waits when it is told to, gives up after a while, and says why."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

TIMEOUT_S = (5.0, 30.0)
"""For connecting, and for waiting for an answer."""
ATTEMPTS = 6
LONGEST_WAIT_S = 60.0
_FIRST_PAUSE_S = 0.5
_LATER = {429, 502, 503, 504}


class RequestFailedError(Exception):
    """A request failed. Failures with the same cause have the same message, so that they can be counted."""


class StoppedError(Exception):
    """The run was stopped while this visit waited."""


class Api:
    """The API, called by any number of threads.

    Args:
        url: URL of the stage.
        key: For `x-api-key`.
        stopped: When it is set, waiting ends.
        on_wait: Called for every request that has to be repeated later.
        connections: How many visitors there are at the same time.
    """

    def __init__(
        self, url: str, key: str, *, stopped: threading.Event, on_wait: Callable[[], None], connections: int
    ) -> None:
        self._url, self._stopped, self._on_wait = url, stopped, on_wait
        self._session = requests.Session()
        self._session.headers.update({"x-api-key": key, "user-agent": "sentiment-loop-traffic"})
        self._session.mount(url, HTTPAdapter(pool_connections=1, pool_maxsize=connections))
        self._not_before = 0.0

    def predict(self, text: str, product_id: str | None) -> dict[str, Any]:
        """Ask for the prediction of a review.

        Raises:
            RequestFailedError: There was no answer, or one with an error.
            StoppedError: The run was stopped meanwhile.
        """
        return self._post("/predict", {"text": text} | ({"product_id": product_id} if product_id else {}))

    def feedback(self, prediction_id: str, verdict: str, rater: str) -> dict[str, Any]:
        """Give feedback on a prediction; repeating it is safe. Raises what `predict` raises."""
        return self._post("/feedback", {"prediction_id": prediction_id, "verdict": verdict, "rater": rater})

    def waiting(self, after: str | None) -> dict[str, Any]:
        """Ask for a page of what waits for a label; for reviewers. Raises what `predict` raises."""
        return self._call("GET", "/audit", query={"after": after} if after else None)

    def review(self, prediction_id: str, label: str) -> dict[str, Any]:
        """Give the true label of a predicted text; for reviewers. Raises what `predict` raises."""
        return self._post("/feedback", {"prediction_id": prediction_id, "label": label})

    def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        return self._call("POST", path, body=body)

    def _call(
        self, method: str, path: str, *, body: dict[str, str] | None = None, query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        cause = ""
        for attempt in range(ATTEMPTS):
            self._wait_until(self._not_before)
            try:
                answer = self._session.request(method, f"{self._url}{path}", json=body, params=query, timeout=TIMEOUT_S)
            except requests.RequestException as error:
                cause = f"{path}: {_described(error)}"
                self._wait_until(time.monotonic() + _pause(attempt))
                continue
            if answer.ok:
                return _content(answer, path)
            cause = f"{path}: {answer.status_code} {_code_of(answer)}"
            if answer.status_code not in _LATER:
                break
            self._on_wait()
            # All visitors wait: the answer is about the API, not about this review.
            self._not_before = max(self._not_before, time.monotonic() + _asked_to_wait(answer, attempt))
        raise RequestFailedError(cause)

    def _wait_until(self, moment: float) -> None:
        left = moment - time.monotonic()
        if left > 0 and self._stopped.wait(left):
            raise StoppedError


def _content(answer: requests.Response, path: str) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError as error:
        raise RequestFailedError(f"{path}: the answer is not JSON") from error
    if not isinstance(content, dict):
        raise RequestFailedError(f"{path}: the answer is not a JSON object")
    return content


def _asked_to_wait(answer: requests.Response, attempt: int) -> float:
    """The seconds of `Retry-After`; without them (or with a date), a pause that grows with each attempt."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), LONGEST_WAIT_S) if asked.isdecimal() else _pause(attempt)


def _pause(attempt: int) -> float:
    return min(_FIRST_PAUSE_S * float(2**attempt), LONGEST_WAIT_S)


def _described(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return "no connection" if isinstance(error, requests.ConnectionError) else type(error).__name__


def _code_of(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"]["code"])[:40]
    except (json.JSONDecodeError, KeyError, TypeError):
        return "without a code"
