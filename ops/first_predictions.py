"""A new loop predicts some real reviews, so that pages and dashboards have something to show, and reviewers to label.

Nobody's verdict is made up: `make traffic` plays visitors who give some.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from ops.prediction import NotYetError, call
from sentiment.reviews.held_out import PUBLIC
from sentiment.reviews.sample import load_sample
from sentiment.schemas.api import MAX_BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator

REVIEWS = 400
"""So many are enough for the first figures of drift."""


def make(found: dict[str, str]) -> str:
    """Have the reviews predicted; return what became of it in a few words. The loop works without them."""
    texts, done = list(islice(_texts(), REVIEWS)), 0
    for start in range(0, len(texts), MAX_BATCH):
        try:
            done += len(call(found, "/predict/batch", {"texts": texts[start : start + MAX_BATCH]}))
        except NotYetError as error:
            return f"{done} of {REVIEWS}: {error}"
    return f"{done} from the built-in sample"


def _texts() -> Iterator[str]:
    return (review.full_text for review in load_sample() if PUBLIC.holds_out(review.text))
