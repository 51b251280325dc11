"""Turns the records of a stream into lines of the lake.

Standard library only, because the function ships no package: `REQUIRED` is a copy of what `sentiment.schemas.events`
requires, and a test compares the two.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from lambdas.shared.feedback_keys import REVIEWER_KEY
from sentiment.schemas.bucket import PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED: Mapping[str, Mapping[str, str]] = {
    "predictions": {
        "prediction_id": "S",
        "text": "S",
        "label": "S",
        "probability": "N",
        "model_version": "S",
        "created_at": "S",
        "expires_at": "N",
        "audit": "BOOL",
    },
    "feedback": {
        "prediction_id": "S",
        "verdict": "S",
        "label": "S",
        "predicted": "S",
        "model_version": "S",
        "audit": "BOOL",
        "bucket": "S",
        "cell": "S",
        "created_at": "S",
        "updated_at": "S",
        "revision": "N",
    },
}
"""The attributes that each kind of event must have, with their DynamoDB types."""

_BUCKET = re.compile(PATTERN)
_TIME_OF = {"predictions": "created_at", "feedback": "updated_at"}


class RecordError(ValueError):
    """A record is no prediction and no feedback; the message says why."""


class Line(NamedTuple):
    """An event as a line of a file.

    Attributes:
        kind: `predictions` or `feedback`.
        day: `YYYY-MM-DD` in UTC, from the event itself, so that a repeated delivery has the same one.
        json: The event, without a line end.
        event: The same as plain values.
    """

    kind: str
    day: str
    json: str
    event: Mapping[str, Any]


def line_of(record: Mapping[str, Any]) -> Line:
    """Return the event of a stream's record.

    Raises:
        RecordError: The record is neither a prediction nor feedback.
    """
    image = record.get("dynamodb", {}).get("NewImage")
    if not isinstance(image, dict):
        raise RecordError("the record has no new image")
    kind = "feedback" if "verdict" in image else "predictions"
    for name, attribute_type in REQUIRED[kind].items():
        if attribute_type not in image.get(name, {}):
            raise RecordError(f"{name} is missing or is not of type {attribute_type}")
    event = {name: _value(attribute) for name, attribute in image.items()}
    event["prediction_id"] = event["prediction_id"].removesuffix(REVIEWER_KEY)
    if kind == "feedback" and not _BUCKET.fullmatch(event["bucket"]):
        raise RecordError("bucket is not the key of a quality counter")
    try:
        day = datetime.fromisoformat(event[_TIME_OF[kind]]).date().isoformat()
    except ValueError as error:
        raise RecordError(f"{_TIME_OF[kind]} is not a time") from error
    return Line(kind, day, json.dumps(event, sort_keys=True, separators=(",", ":")), event)


def _value(attribute: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    (kind, value), *_ = attribute.items()
    if kind == "N":
        return float(value) if "." in value or "e" in value.lower() else int(value)
    return value
