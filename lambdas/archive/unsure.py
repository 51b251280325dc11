"""Puts before reviewers the predictions of which the model was least sure."""

from __future__ import annotations

import logging
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambdas.archive.records import RecordError, line_of
from lambdas.shared.audit_table import Places, put_waiting, waiting_item
from lambdas.shared.aws import AwsError, error_code
from sentiment.evaluation.audit_draw import MOST_PLACES, is_unsure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

logger = logging.getLogger(__name__)


class UnsureDraw:
    """Lists predictions after they are archived. One that cannot be listed is left out: the archive lacks nothing.

    Args:
        audit: Name of the audit table.
        feedback: Name of the feedback table.
        dynamodb: Writes to both.
    """

    def __init__(self, *, audit: str, feedback: str, dynamodb: DynamoDBClient) -> None:
        self._audit, self._feedback = audit, feedback
        self._dynamodb = dynamodb
        self._places = Places(audit, lambda: dynamodb)

    def offer(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Put the predictions of a stream's records on the list that the model was unsure of, up to the most places.

        Those that wait already or have a label, as when a record is delivered again, are left as they are.
        """
        of_hours: defaultdict[tuple[str | None, str], list[Mapping[str, Any]]] = defaultdict(list)
        for event in _predictions(records):
            if is_unsure(event["probability"]) and not event["audit"]:
                of_hours[event.get("client"), f"{_made_at(event):%Y-%m-%dT%H}"].append(event)
        for (client, _), events in of_hours.items():
            try:
                self._list(client, events)
            except AwsError as error:
                logger.warning(
                    "of %d unsure predictions, not all are before reviewers (%s)", len(events), error_code(error)
                )

    def _list(self, client: str | None, events: list[Mapping[str, Any]]) -> None:
        places = self._places.take("unsure", client, len(events), _made_at(events[0]))
        for event, place in zip(events, places, strict=True):
            if place > MOST_PLACES:
                return
            item = waiting_item("unsure", event["prediction_id"], place=place, client=client, at=_made_at(event))
            put_waiting(self._dynamodb, item, audit=self._audit, feedback=self._feedback)


def _predictions(records: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the new predictions; what is none, the archive has put aside."""
    for record in records:
        if record.get("eventName") != "INSERT":
            continue
        with suppress(RecordError):
            line = line_of(record)
            if line.kind == "predictions":
                yield line.event


def _made_at(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["created_at"]).astimezone(UTC)
