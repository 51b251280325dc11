"""Which predictions reviewers are asked to label, and how many of each client.

Two draws are random, by hashes under a key that only the loop has, so that no client can tell or choose what is drawn:

- `audit`, of all predictions: the audited accuracy rests on their labels alone.
- `voted`, a share of what people vote on: its labels show how far voters can be trusted.

Two are chosen, because a label on them teaches the next model most. They are a sample of nothing:

- `unsure`, what the model was least sure of.
- `contradicted`, where a voter contradicts a model that was sure.

Standard library only, because serving imports it.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RandomDraw = Literal["audit", "voted"]
Draw = Literal[RandomDraw, "unsure", "contradicted"]
DRAWS: tuple[Draw, ...] = get_args(Draw)
"""In the order in which reviewers label them."""
RANDOM_DRAWS = frozenset[Draw](get_args(RandomDraw))

AUDIT_PERCENT = 3
VOTED_PERCENT = 10
UNSURE_BELOW = 0.6
"""Probability of the predicted label. Of calibrated predictions below it, at least two of five are wrong."""
SURE_FROM = 0.9
"""Probability of the predicted label. Of calibrated predictions from it on, at most one of ten is wrong."""

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

    def takes(self, draw: RandomDraw, drawn: str) -> bool:
        """Return whether a random draw takes a prediction or vote: the same one always, whatever the other takes."""
        return self._number(f"{draw}:{drawn}") % 100 < (AUDIT_PERCENT if draw == "audit" else VOTED_PERCENT)

    def place(self, drawn: str, number: int) -> int:
        """Return a random place from 1 to `number` for what is drawn as the `number`-th of its client in the hour.

        What comes late in the hour has its chance: with the next number, a client could wait until no place is left.
        """
        return self._number(f"place:{drawn}") % number + 1

    def _number(self, name: str) -> int:
        return int.from_bytes(hmac.digest(self._key, name.encode(), "sha256")[:8], "big")


def is_unsure(probability: float) -> bool:
    """Return whether the model was hardly surer of its label than of the other, from the probability of positive."""
    return max(probability, 1 - probability) < UNSURE_BELOW


def is_sure(probability: float) -> bool:
    """Return whether the model was sure of its label, from the probability of positive."""
    return max(probability, 1 - probability) >= SURE_FROM


def places(drawn: Mapping[str, int], *, alone: bool) -> dict[str, int]:
    """Return up to which place each client's draws of one hour are put before reviewers.

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
