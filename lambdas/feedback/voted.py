"""Puts before reviewers what people voted on: some at random, and votes against a model that was sure.

Only the random ones show how far voters can be trusted.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lambdas.shared.audit_table import put_waiting, waiting_item
from lambdas.shared.aws import AwsError, error_code
from sentiment.evaluation.audit_draw import MOST_PLACES, is_sure

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from lambdas.shared.audit_table import Places
    from lambdas.shared.booking import Tables
    from lambdas.shared.loop_secret import LoopSecret
    from sentiment.evaluation.audit_draw import AuditDraw, Draw
    from sentiment.schemas.events import FeedbackEvent

logger = logging.getLogger(__name__)


class VotedDraws:
    """Puts votes of each client before reviewers, after the vote is stored: a vote never fails for it."""

    def __init__(
        self, secret: LoopSecret, places: Places, tables: Tables, dynamodb: Callable[[], DynamoDBClient]
    ) -> None:
        self._secret = secret
        self._places = places
        self._tables = tables
        self._dynamodb = dynamodb

    def offer(self, vote: FeedbackEvent, probability: float) -> None:
        """Put the prediction on the list if a draw takes the vote, unless it waits already or has a reviewer's label.

        A changed verdict is drawn again: else it could be changed to a lie once it is known that it was not drawn.

        Args:
            vote: What was voted.
            probability: That of positive, which the model had given.
        """
        if vote.audit:  # it waits already
            return
        drawn = f"{vote.prediction_id}#{vote.revision}"
        try:
            audit_draw = self._secret.audit_draw()
            draw = _draw_of(vote, drawn, probability, audit_draw)
            if draw is None:
                return
            (number,) = self._places.take(draw, vote.client, 1, vote.updated_at)
            place = audit_draw.place(drawn, number)
            if place <= MOST_PLACES:
                self._put(vote, draw, place)
        except AwsError as error:
            logger.warning("a vote was drawn for review, and could not be listed: %s", error_code(error))

    def _put(self, vote: FeedbackEvent, draw: Draw, place: int) -> None:
        item = waiting_item(draw, vote.prediction_id, place=place, client=vote.client, at=vote.updated_at)
        if not put_waiting(self._dynamodb(), item, audit=self._tables.audit, feedback=self._tables.feedback):
            logger.info("a vote drawn for review waits already, has a label or gets one right now")


def _draw_of(vote: FeedbackEvent, drawn: str, probability: float, audit_draw: AuditDraw) -> Draw | None:
    if audit_draw.takes("voted", drawn):
        return "voted"
    return "contradicted" if vote.verdict == "down" and is_sure(probability) else None
