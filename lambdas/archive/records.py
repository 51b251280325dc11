"""A stream's records as lines of the lake. Standard library only: the function ships no package."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Mapping[str, Mapping[str, str]] = {
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
"""Of each kind of event, the attributes that it must have and their types."""

_TIME_OF = {"predictions": "created_at", "feedback": "updated_at"}


class RecordError(ValueError):
    """A record is not an event that is archived; the message says why."""


class Line(NamedTuple):
    """An event on its way into the lake.

    Attributes:
        kind: `predictions` or `feedback`.
        day: `YYYY-MM-DD` in UTC, of the event itself, so that a repeated delivery has the same.
        json: One line, without its end.
    """

    kind: str
    day: str
    json: str


def line_of(record: Mapping[str, Any]) -> Line:
    """Return what a record of a stream says.

    Raises:
        RecordError: It is neither a prediction nor feedback.
    """
    image = record.get("dynamodb", {}).get("NewImage")
    if not isinstance(image, dict):
        raise RecordError("the record has no new image")
    kind = "feedback" if "verdict" in image else "predictions"
    for name, kind_of_value in _TYPES[kind].items():
        if kind_of_value not in image.get(name, {}):
            raise RecordError(f"{name} is missing or is not of type {kind_of_value}")
    event = {name: _value(attribute) for name, attribute in image.items()}
    try:
        day = datetime.fromisoformat(event[_TIME_OF[kind]]).date().isoformat()
    except ValueError as error:
        raise RecordError(f"{_TIME_OF[kind]} is not a time") from error
    return Line(kind, day, json.dumps(event, sort_keys=True, separators=(",", ":")))


def _value(attribute: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever JSON has
    (kind, value), *_ = attribute.items()
    if kind == "N":
        return float(value) if "." in value or "e" in value.lower() else int(value)
    return value
