"""What one visitor has done: the predictions of this session, newest first, and what was said of each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from frontend.review_queue.queue import Queue

if TYPE_CHECKING:
    from frontend.clients.api import Api
    from sentiment.schemas.api import FeedbackAnswer, PredictionAnswer, Verdict

MOST_KEPT = 20


@dataclass(slots=True)
class Asked:
    """A text that was predicted.

    Attributes:
        text: As it was sent.
        prediction: The answer.
        receipt: The answer to the last verdict; None before the first.
    """

    text: str
    prediction: PredictionAnswer
    receipt: FeedbackAnswer | None = None


@dataclass(slots=True)
class Visit:
    """One visitor's session.

    Attributes:
        rater: Tells the visitor from others, so that each has a verdict of their own.
        asked: What was predicted, newest first; the oldest are forgotten.
        reviewer: The name under which the visitor labels reviews; empty until it is given.
        queue: What waits for the visitor's labels.
    """

    rater: str = field(default_factory=lambda: f"visitor-{secrets.token_hex(8)}")
    asked: list[Asked] = field(default_factory=list)
    reviewer: str = ""
    queue: Queue = field(default_factory=Queue)

    def predict(self, api: Api, text: str, product_id: str | None) -> Asked:
        """Have a text predicted, and remember it.

        Raises:
            ProblemError: The API does not answer, or refuses.
        """
        one = Asked(text, api.predict(text, product_id))
        self.asked = [one, *self.asked][:MOST_KEPT]
        return one

    def say(self, api: Api, one: Asked, verdict: Verdict) -> None:
        """Say whether a prediction is right, and keep the receipt; the same verdict again is not sent.

        Raises:
            ProblemError: The API does not answer, or refuses; the receipt stays what it was.
        """
        if one.receipt is None or one.receipt.verdict != verdict:
            one.receipt = api.feedback(one.prediction.prediction_id, verdict, self.rater)
