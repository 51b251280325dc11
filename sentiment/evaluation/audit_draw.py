"""Which predictions reviewers are asked to label, and how many of each client.

Two draws, by hashes under a key that only the loop has, so that no client can tell or choose what is drawn: the audit
draw of all predictions, whose labels are the audited accuracy, and a share of the predictions that people vote on,
whose labels show how far voters can be trusted. The second is no random sample of the predictions, and never counts as
audited. Standard library only, because serving imports it.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Draw = Literal["audit", "voted"]

AUDIT_PERCENT = 3
VOTED_PERCENT = 10

MOST_PLACES = 100
"""Places of a client in an hour while it is the only one."""
LEAST_PLACES = 10
"""Places that a client always has, beside however many others."""


class AuditDraw:
    """The draws of one loop.

    Args:
        key: The loop's key for this purpose, `sentiment.keys.derived_key(secret, "audit")`.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def takes(self, draw: Draw, prediction_id: str) -> bool:
        """Return whether a draw takes the prediction; the same one always, and independent of the other draw."""
        percent = AUDIT_PERCENT if draw == "audit" else VOTED_PERCENT
        digest = hmac.digest(self._key, f"{draw}:{prediction_id}".encode(), "sha256")
        return int.from_bytes(digest[:8], "big") % 100 < percent


def places(drawn: Mapping[str, int], *, alone: bool) -> dict[str, int]:
    """Return how many of each client's draws of one hour are put before reviewers: its first ones.

    A client that is alone has `MOST_PLACES`. Beside others it has as many as most of them drew (their lower median),
    never less than `LEAST_PLACES` and never more than `MOST_PLACES`: a flood of predictions by one client, however
    long, gets no more places than the others need.

    Args:
        drawn: Number of draws in the hour by client.
        alone: Whether nobody else was active lately.
    """
    if alone:
        return dict.fromkeys(drawn, MOST_PLACES)
    return {
        client: min(
            MOST_PLACES, max(LEAST_PLACES, _median(number for other, number in drawn.items() if other != client))
        )
        for client in drawn
    }


def _median(numbers: Iterable[int]) -> int:
    found = sorted(numbers)
    return found[(len(found) - 1) // 2] if found else 0
