"""A new loop predicts some real reviews, and their authors say of some whether the prediction is right.

So pages and dashboards have something to show, and reviewers something to label. The first model was trained on none of
these reviews: a model knows the words of those it was trained on, so the loop would see drift, and be right more often.
An author's verdict follows from the stars that came with the review.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, NamedTuple

from ops import aws
from ops.prediction import NotYetError, call
from sentiment.keys import derived_key
from sentiment.reviews.held_out import HoldOut
from sentiment.reviews.sample import is_fresh, load_sample
from sentiment.schemas.api import MAX_BATCH

if TYPE_CHECKING:
    from local.loop import Loop
    from sentiment.reviews.review import Review

WITHOUT_VERDICT = 300
WITH_VERDICT = 100
"""Together enough for the first figures of drift."""


class Chosen(NamedTuple):
    """The reviews to predict, in the order in which they are sent, and those of them whose authors give a verdict."""

    reviews: list[Review]
    rated: set[Review]


def choose(secret: bytes) -> Chosen:
    """Return reviews that no first model was trained on, always the same for the secret of a loop.

    Those that the loop holds out are the first to get a verdict, since nothing is learned from it. The secret decides
    which others are chosen, and the order of all, so that reviewers cannot tell which ones are held out.
    """
    hold_out, key = HoldOut(secret), derived_key(secret, "first-predictions")

    def place(review: Review) -> bytes:
        return hmac.digest(key, review.review_id.encode(), "sha256")

    fresh = sorted((review for review in load_sample() if review.label and is_fresh(review)), key=place)
    fresh.sort(key=lambda review: not hold_out.holds_out(review.text))
    chosen = fresh[: WITH_VERDICT + WITHOUT_VERDICT]
    return Chosen(sorted(chosen, key=place), set(chosen[:WITH_VERDICT]))


def make(loop: Loop, found: dict[str, str]) -> str:
    """Have the reviews predicted; return what became of it in a few words. The loop works without them."""
    secret = aws.client(loop, "secretsmanager").get_secret_value(SecretId=found["RaterKeySecret"])["SecretString"]
    reviews, rated = choose(secret.encode())
    predicted = verdicts = 0
    try:
        for start in range(0, len(reviews), MAX_BATCH):
            batch = reviews[start : start + MAX_BATCH]
            answers = call(found, "/predict/batch", {"texts": [review.full_text for review in batch]})
            predicted += len(answers)
            for review, answer in zip(batch, answers, strict=True):
                if review in rated:
                    verdict = "up" if review.label == answer["label"] else "down"
                    call(found, "/feedback", {"prediction_id": answer["prediction_id"], "verdict": verdict})
                    verdicts += 1
    except NotYetError as error:
        return f"{predicted} of {len(reviews)}, {verdicts} verdicts: {error}"
    return f"{predicted} from the built-in sample, {verdicts} verdicts of their authors"
