"""Which new predictions are audited, and whose they are. A prediction never fails for it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lambdas.shared.aws import AwsError, error_code
from sentiment.evaluation.audit_draw import MOST_PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from lambdas.shared.audit_table import Places
    from lambdas.shared.loop_secret import LoopSecret

RETRY_S = 3.0
"""Seconds after which a secret that could not be read is read again."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is stored with the predictions of one request.

    Attributes:
        client: Hash of the client; None without an API key, or while the loop's secret cannot be read.
        places: The place of each audited prediction, by id.
    """

    client: str | None = None
    places: Mapping[str, int] = field(default_factory=dict)


class Audits:
    """Draws what is audited. The loop's secret is read at the first prediction, not while the function starts."""

    def __init__(self, secret: LoopSecret, places: Places, clock: Callable[[], float] = time.monotonic) -> None:
        self._secret = secret
        self._places = places
        self._clock = clock
        self._next_try_at = float("-inf")

    def marks(self, prediction_ids: Sequence[str], api_key_id: str | None, now: datetime) -> Marks:
        """Return the client, and the places of those predictions that are audited.

        Where the secret or a place cannot be had in time, nothing is audited: the log says so.
        """
        if self._clock() < self._next_try_at:
            return Marks()
        try:
            client, draw = self._secret.client(api_key_id), self._secret.audit_draw()
        except AwsError as error:
            self._next_try_at = self._clock() + RETRY_S
            logger.warning("nothing is audited: the loop's secret cannot be read (%s)", error_code(error))
            return Marks()
        drawn = [one for one in prediction_ids if draw.takes("audit", one)]
        if not drawn:
            return Marks(client)
        try:
            taken = self._places.take("audit", client, len(drawn), now)
        except AwsError as error:
            logger.warning("%d predictions are not audited: no place for them (%s)", len(drawn), error_code(error))
            return Marks(client)
        return Marks(client, {one: place for one, place in zip(drawn, taken, strict=True) if place <= MOST_PLACES})
