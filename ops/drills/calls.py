"""Calls of the loop's API and servers."""

from __future__ import annotations

import itertools
import random
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx

from local.errors import LocalError
from sentiment.reviews.sample import is_fresh, load_sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sentiment.reviews.review import Review

PRODUCT = "drill"
"""The product of the predictions made here, which tells them from those of clients."""
_TIMEOUT_S = 30.0
_LOOK = "make status shows what is down; make drill mends what is planted"


def _call(method: str, url: str, **options: Any) -> httpx.Response:  # noqa: ANN401 (those of httpx)
    """Make one request and return the answer, whatever its status.

    Raises:
        LocalError: There was no answer.
    """
    try:
        return httpx.request(method, url, timeout=_TIMEOUT_S, trust_env=False, **options)
    except httpx.HTTPError as error:
        place = httpx.URL(url).copy_with(username=None, password=None)
        raise LocalError(f"{place} does not answer: {error}", remedy=_LOOK) from error


def accepted(method: str, url: str, **options: Any) -> Any:  # noqa: ANN401 (JSON)
    """Make one request and return the JSON of its answer; None if it has no body.

    Raises:
        LocalError: There was no answer, or one with an error status.
    """
    answer = _call(method, url, **options)
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        place = answer.url.copy_with(username=None, password=None)
        raise LocalError(f"{place} answers {answer.status_code}: {answer.text[:200]}", remedy=_LOOK)
    return answer.json() if answer.content else None


class Api:
    """The loop's API, as a client and as a reviewer."""

    def __init__(self, found: Mapping[str, str]) -> None:
        self._url = found["api_url"]
        self._client = {"x-api-key": found["api_key"]}
        self._reviewer = {"x-api-key": found["reviewers_api_key"]}

    def ask(self, review: Review) -> None:
        """Ask for a prediction, whatever the answer."""
        body = {"text": review.full_text, "product_id": PRODUCT}
        _call("POST", f"{self._url}/predict", json=body, headers=self._client)

    def predict(self, reviews: list[Review]) -> list[dict[str, Any]]:
        """Return the predictions of reviews, in their order."""
        body = {"texts": [review.full_text for review in reviews]}
        predictions: list[dict[str, Any]] = accepted(
            "POST", f"{self._url}/predict/batch", json=body, headers=self._client
        )
        return predictions

    def waiting(self) -> Iterator[str]:
        """Yield the ids of the predictions that wait for a reviewer's label."""
        after: dict[str, str] = {}
        while True:
            page = accepted("GET", f"{self._url}/audit", params=after, headers=self._reviewer)
            for one in page["waiting"]:
                yield str(one["prediction_id"])
            if page["next"] is None:
                return
            after = {"after": page["next"]}

    def label(self, prediction_id: str, label: str) -> None:
        """Label a prediction as a reviewer; another label replaces the one before."""
        body = {"prediction_id": prediction_id, "label": label}
        accepted("POST", f"{self._url}/feedback", json=body, headers=self._reviewer)


def labelled_reviews() -> Iterator[Review]:
    """Yield built-in reviews with a label, for ever: mixed, and new to the loop, or they would look like drift."""
    reviews = [review for review in load_sample() if review.label and is_fresh(review)]
    random.shuffle(reviews)
    yield from itertools.cycle(reviews)
