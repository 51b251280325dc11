"""Tokens that give access to the web server once, within a minute."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LIFETIME_S = 60.0
"""As on AWS."""


class Tokens:
    """The tokens that were issued and not used yet, by their hashes; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._expiries: dict[str, float] = {}

    def issue(self) -> str:
        """A new token."""
        now = self._clock()
        self._expiries = {digest: expiry for digest, expiry in self._expiries.items() if expiry > now}
        token = secrets.token_urlsafe(48)
        self._expiries[_digest(token)] = now + LIFETIME_S
        return token

    def redeem(self, token: str) -> bool:
        """Use up a token. Returns whether it was valid: issued here, not used before, not expired."""
        expiry = self._expiries.pop(_digest(token), None)
        return expiry is not None and self._clock() < expiry


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
