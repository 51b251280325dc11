"""An API that answers at once, or as a test says."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from frontend.clients.problems import ProblemError
from frontend.many.job import Patience
from sentiment.schemas.api import PredictionAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sentiment.reviews.review import Label

THROTTLED = ProblemError("There are too many requests at the moment.", may_repeat=True)
REFUSED = ProblemError("The API refuses this application's API key.", may_repeat=False)
IMPATIENT = Patience(first_wait=0, longest_wait=0, tried=0)
PATIENT = Patience(first_wait=0, longest_wait=0, tried=600)
WAIT_S = 30.0


class FakeApi:
    """Answers every text: positive if it has "good" in it, undecided if "so", else negative.

    Attributes:
        asked: The texts that were answered, in order.
        calls: How many requests there were.
        before: Called before each answer with the number of the request, from 1; what it raises is the answer.
    """

    def __init__(self, before: Callable[[int], None] = lambda _: None) -> None:
        self.asked: list[str] = []
        self.calls = 0
        self.before = before

    def predict_batch(self, texts: Sequence[str]) -> list[PredictionAnswer]:
        self.calls += 1
        self.before(self.calls)
        self.asked += texts
        return [answer_to(text) for text in texts]


class Gate:
    """Holds the API's answer to a request until it is opened."""

    def __init__(self, at: int) -> None:
        self._at = at
        self.reached, self.opened = threading.Event(), threading.Event()
        self.api = FakeApi(self._before)

    def _before(self, call: int) -> None:
        if call == self._at:
            self.reached.set()
            assert self.opened.wait(WAIT_S)


def answer_to(text: str) -> PredictionAnswer:
    probability = 0.9 if "good" in text else 0.6 if "so" in text else 0.2
    label: Label = "positive" if probability >= 0.5 else "negative"
    return PredictionAnswer(
        prediction_id="01M8PVHN8K5JFCGC3QZ8Y2ESK4",
        label=label,
        probability=probability,
        model_version="7",
        words=[],
        product_stats="not_asked",
    )


def lines(number: int, more: str = "") -> str:
    """A file of so many texts, each another."""
    return "text\n" + "".join(f"good number {row}{more}\n" for row in range(1, number + 1))
