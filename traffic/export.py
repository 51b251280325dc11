"""The shop's export of the new reviews, with the stars that their authors gave."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from sentiment.files import written_whole
from sentiment.reviews.record import to_line

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sentiment.reviews.review import Review
    from traffic.visits import Visit

_PARTS = 10_000


class Export:
    """Collects the new reviews of visitors and writes them to a file as a shop exports its reviews.

    Args:
        starred: Share of them whose authors gave stars, chosen by the hash of the review's id, so always the same
            ones. For the others, the loop only gets feedback on its predictions.
    """

    def __init__(self, starred: float) -> None:
        self._starred = starred
        self._reviews: dict[str, Review] = {}

    def note(self, visit: Visit) -> None:
        """Keep the review of a visit if it is new and has stars. Any thread may call this."""
        review = visit.sent.review
        if visit.new and _part(review) < self._starred:
            self._reviews[review.review_id] = review

    def write(self, path: Path, time: datetime) -> None:
        """Write the reviews in the order of their ids, all with this time.

        Raises:
            OSError: The file cannot be written, and was not created.
            ValueError: The path is not a regular file.
        """
        reviews = [replace(self._reviews[review_id], time=time) for review_id in sorted(self._reviews)]
        with written_whole(path) as file:
            file.writelines(f"{to_line(review)}\n".encode() for review in reviews)


def _part(review: Review) -> float:
    """A number in [0, 1) that depends only on the review's id."""
    digest = hashlib.blake2b(review.review_id.encode(), digest_size=8, person=b"starred").digest()
    return int.from_bytes(digest, "big") % _PARTS / _PARTS
