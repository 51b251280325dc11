"""A random draw of what people vote on, for reviewers to label: how far voters can be trusted shows only there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas.shared.audit_table import listing, waiting_item
from lambdas.shared.aws import AwsError, error_code
from lambdas.shared.booking import refusal
from sentiment.evaluation.audit_draw import MOST_PLACES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from lambdas.shared.audit_table import Places
    from lambdas.shared.booking import Tables
    from lambdas.shared.loop_secret import LoopSecret
    from sentiment.schemas.events import FeedbackEvent

logger = logging.getLogger(__name__)


class VotedDraw:
    """Puts a share of each client's votes before reviewers, after the vote is stored: a vote never fails for it."""

    def __init__(
        self, secret: LoopSecret, places: Places, tables: Tables, dynamodb: Callable[[], DynamoDBClient]
    ) -> None:
        self._secret = secret
        self._places = places
        self._tables = tables
        self._dynamodb = dynamodb

    def offer(self, vote: FeedbackEvent) -> None:
        """Put the prediction on the list if the draw takes the vote, unless it waits already or has a reviewer's label.

        A changed verdict is drawn again: else it could be changed to a lie once it is known that it was not drawn.
        """
        if vote.audit:  # it waits already
            return
        drawn = f"{vote.prediction_id}#{vote.revision}"
        try:
            draw = self._secret.audit_draw()
            if not draw.takes("voted", drawn):
                return
            (number,) = self._places.take("voted", vote.client, 1, vote.created_at)
            place = draw.place(drawn, number)
            if place <= MOST_PLACES:
                self._put(vote, place)
        except AwsError as error:
            logger.warning("a vote was drawn for review, and could not be listed: %s", error_code(error))

    def _put(self, vote: FeedbackEvent, place: int) -> None:
        item = waiting_item("voted", vote.prediction_id, place=place, client=vote.client, at=vote.created_at)
        writes = listing(self._tables, vote.prediction_id, item)
        try:
            self._dynamodb().transact_write_items(TransactItems=writes)
        except ClientError as error:
            if refusal(self._tables, error, writes) != "race":
                raise
            logger.info("a vote drawn for review waits already, has a label or gets one right now")
