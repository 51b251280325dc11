"""The reviewer: labels what waits for a label with the review's true one, whatever the model and the visitors said."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from traffic.client import RequestFailedError, StoppedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable

    from traffic.client import Api
    from traffic.tally import Tally
    from traffic.visits import SentReview

_PARTS = 10_000


class Reviewer:
    """Somebody with the reviewers' API key who knows the true labels of the reviews that visitors send.

    Args:
        api: The API, with the reviewers' key.
        tally: Counts the labels.
        stopped: When it is set, no further label is given.
        share: Share of what waits that is labelled, drawn by prediction: a reviewer does not get through everything.
    """

    def __init__(self, api: Api, tally: Tally, *, stopped: threading.Event, share: float) -> None:
        self._api, self._tally, self._stopped, self._share = api, tally, stopped, share

    def label(self, reviews: Iterable[SentReview]) -> None:
        """Go through the whole list once; texts that visitors did not send are left to other reviewers."""
        labels = {sent.text: sent.label for sent in reviews}
        after: str | None = None
        try:
            while not self._stopped.is_set():
                page = self._api.waiting(after)
                for one in page.get("waiting", []):
                    if self._stopped.is_set():
                        return
                    label = labels.get(one["text"])
                    if label and _part(one["prediction_id"]) < self._share:
                        self._api.review(one["prediction_id"], label)
                        self._tally.count(reviewed=1)
                after = page.get("next")
                if after is None:
                    return
        except RequestFailedError as error:
            self._tally.fail_review(str(error))
        except StoppedError:
            return


def _part(prediction_id: str) -> float:
    """A number in [0, 1) that depends only on the prediction's id."""
    digest = hashlib.blake2b(prediction_id.encode(), digest_size=8, person=b"reviewed").digest()
    return int.from_bytes(digest, "big") % _PARTS / _PARTS
