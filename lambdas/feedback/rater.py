"""Raters as keyed hashes: the same rater has the same hash, and nobody can be identified."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdas.shared.loop_secret import LoopSecret
    from sentiment.schemas.events import Source


class RaterHash:
    """Hashes raters with the loop's secret."""

    def __init__(self, secret: LoopSecret) -> None:
        self._secret = secret

    def of(self, rater: str | None, api_key: str | None, source: Source) -> str | None:
        """Return 64 hexadecimal digits, or None without rater and API key.

        Args:
            rater: Opaque id that the caller gave.
            api_key: The caller's API key, used if there is no rater. The two never have the same hash.
            source: Whose id it is: a voter called like a reviewer is somebody else.

        Raises:
            ClientError: The key cannot be read.
            BotoCoreError: The key cannot be reached.
        """
        if rater is None and api_key is None:
            return None
        kind = "rater" if source == "voluntary" else source
        who = f"{kind}:{rater}" if rater is not None else f"api-key:{api_key}"
        return hmac.digest(self._secret.value(), who.encode(), "sha256").hex()
