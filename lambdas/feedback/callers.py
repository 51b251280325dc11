"""Who gives feedback: a reviewer or anybody, and under which hashes they are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lambdas.feedback.rater import RaterHash
from lambdas.shared.web.caller import api_key_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from lambdas.shared.loop_secret import LoopSecret
    from sentiment.schemas.events import Source


class Names(NamedTuple):
    """The hashes of who gives feedback; None for what is not known."""

    rater: str | None
    client: str | None


class Callers:
    """Tells reviewers by the id of their API key, which the gateway has checked."""

    def __init__(self, secret: LoopSecret, reviewers_api_key_id: str) -> None:
        self._secret = secret
        self._raters = RaterHash(secret)
        self._reviewers_api_key_id = reviewers_api_key_id

    def source_of(self, request: Request) -> Source:
        """Return whose feedback the request brings."""
        return "reviewer" if api_key_id(request) == self._reviewers_api_key_id else "voluntary"

    def names(self, request: Request, rater: str | None, source: Source) -> Names:
        """Return the hashes of the rater that the caller names, or of the API key, and of the client.

        Raises:
            ClientError: The loop's secret cannot be read.
            BotoCoreError: It cannot be reached.
        """
        hashed = self._raters.of(rater, request.headers.get("x-api-key"), source)
        return Names(hashed, self._secret.client(api_key_id(request)))
