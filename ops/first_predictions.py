"""A new loop predicts some real reviews, and their authors say of some whether the prediction is right.

So pages and dashboards have something to show, and reviewers something to label. An author's verdict follows from the
stars that came with the review, and only reviews that the first model was not trained on get one: of the others, it is
right more often. None of them teaches, since everybody may know the built-in sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops import aws
from ops.prediction import NotYetError, call
from sentiment.reviews.held_out import HoldOut
from sentiment.reviews.held_out_sample import held_out_sample
from sentiment.reviews.sample import load_sample
from sentiment.schemas.api import MAX_BATCH

if TYPE_CHECKING:
    from local.loop import Loop
    from sentiment.reviews.review import Review

WITHOUT_VERDICT = 300
WITH_VERDICT = 100
"""Together enough for the first figures of drift."""


def make(loop: Loop, found: dict[str, str]) -> str:
    """Have the reviews predicted; return what became of it in a few words. The loop works without them."""
    secret = aws.client(loop, "secretsmanager").get_secret_value(SecretId=found["RaterKeySecret"])["SecretString"]
    hold_out = HoldOut(secret.encode())
    held_out = (review for review in load_sample() if review.label and hold_out.holds_out(review.text))
    rated = sorted(held_out, key=_in_any_order)[:WITH_VERDICT]
    others = sorted(set(held_out_sample()) - set(rated), key=_in_any_order)[:WITHOUT_VERDICT]
    # Mixed, so that reviewers cannot tell which ones are held out.
    reviews = sorted([*rated, *others], key=_in_any_order)
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


def _in_any_order(review: Review) -> str:
    return review.review_id  # a hash
