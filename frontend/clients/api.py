"""The public API: predictions, feedback, and reviewers' labels with a key of their own."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from frontend.clients.problems import ProblemError
from sentiment.schemas.api import (
    AuditAnswer,
    ErrorAnswer,
    FeedbackAnswer,
    PredictionAnswer,
    PredictionsAnswer,
    ReviewAnswer,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sentiment.reviews.review import Label
    from sentiment.schemas.api import Verdict

TIMEOUT = httpx.Timeout(35, connect=3)
"""In seconds: the gateway itself gives up after 29."""

_FIELD = re.compile(r"^body\.\w+: ")
"""Before what the API says of a field, which the page shows beside it."""

Answer = TypeVar("Answer", bound=BaseModel)


class Api:
    """The API of one deployment. Its methods may be called by several threads.

    Every method raises ProblemError if the API does not answer, or refuses.
    """

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=TIMEOUT)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def predict(self, text: str, product_id: str | None) -> PredictionAnswer:
        """Return the prediction of a text, whose product may be given."""
        body = {"text": text} | ({"product_id": product_id} if product_id else {})
        return self._post("/predict", body, PredictionAnswer)

    def predict_batch(self, texts: Sequence[str]) -> list[PredictionAnswer]:
        """Return the predictions of up to 100 texts, in their order."""
        return self._post("/predict/batch", {"texts": texts}, PredictionsAnswer).root

    def feedback(self, prediction_id: str, verdict: Verdict, rater: str) -> FeedbackAnswer:
        """Say whether a prediction is right; a repeated or another verdict is fine."""
        body = {"prediction_id": prediction_id, "verdict": verdict, "rater": rater}
        return self._post("/feedback", body, FeedbackAnswer)

    def waiting(self, after: str | None) -> AuditAnswer:
        """Return a page of what waits for a reviewer's label, behind the cursor of the page before."""
        return self._ask("GET", "/audit", AuditAnswer, params={"after": after} if after else {})

    def label(self, prediction_id: str, label: Label, rater: str) -> ReviewAnswer:
        """Label the text of a prediction, as a reviewer; a repeated or another label is fine."""
        body = {"prediction_id": prediction_id, "label": label, "rater": rater}
        return self._post("/feedback", body, ReviewAnswer)

    def _post(self, path: str, body: Mapping[str, str | Sequence[str]], answer: type[Answer]) -> Answer:
        return self._ask("POST", path, answer, json=body)

    def _ask(self, method: str, path: str, answer: type[Answer], **options: Any) -> Answer:  # noqa: ANN401 (httpx's)
        try:
            response = self._http.request(method, path, **options)
        except httpx.TimeoutException as error:
            raise ProblemError("The API takes too long to answer. Try again.", may_repeat=True) from error
        except httpx.HTTPError as error:
            raise ProblemError("The API does not answer. Is it running?", may_repeat=True) from error
        if response.is_error:
            raise _problem(response)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise ProblemError("What answers is not this API.", may_repeat=False) from error


def _problem(response: httpx.Response) -> ProblemError:
    """Return the problem of an error answer; what the API says of the request itself is for people to read."""
    status = response.status_code
    may_repeat = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS
    try:
        error = ErrorAnswer.model_validate_json(response.content).error
    except ValidationError:
        return ProblemError(f"The API answers with an error ({status}).", may_repeat=may_repeat)
    message = _FIELD.sub("", error.message).rstrip(".")
    sentence = _SENTENCES.get(error.code) or f"{message[:1].upper()}{message[1:]}."
    return ProblemError(sentence, may_repeat=may_repeat and error.code != "quota_exceeded")  # not before tomorrow


_SENTENCES = {
    "forbidden": "The API refuses this application's API key.",
    "throttled": "There are too many requests at the moment. Try again in a few seconds.",
    "quota_exceeded": "This application has used up its requests for today.",
    "no_model": "There is no model to answer yet. Try again in a minute.",
    "storage_unavailable": "The API cannot store anything at the moment. Try again.",
    "timeout": "The API takes too long to answer. Try again.",
    "internal": "The API made a mistake. Try again.",
    "bad_gateway": "The API made a mistake. Try again.",
}
