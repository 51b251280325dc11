"""A new loop predicts some real reviews, so that pages and dashboards have something to show, and reviewers to label.

Nobody's verdict is made up: `make traffic` plays visitors who give some.
"""

from __future__ import annotations

from ops.prediction import NotYetError, call
from sentiment.reviews.held_out_sample import held_out_sample
from sentiment.schemas.api import MAX_BATCH

REVIEWS = 400
"""So many are enough for the first figures of drift."""


def make(found: dict[str, str]) -> str:
    """Have the reviews predicted; return what became of it in a few words. The loop works without them."""
    texts, done = held_out_sample()[:REVIEWS], 0
    for start in range(0, len(texts), MAX_BATCH):
        try:
            done += len(call(found, "/predict/batch", {"texts": texts[start : start + MAX_BATCH]}))
        except NotYetError as error:
            return f"{done} of {REVIEWS}: {error}"
    return f"{done} from the built-in sample"
