"""The function's event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from lambdas.retrain.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_NAME = 100
_NOBODY = "an unnamed caller"
_FIELDS = ("force", "requested_by")


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a run.

    Attributes:
        force: Start a run even within the cooldown of the last one, and train even without new reviews; never while
            another run is active.
        requested_by: Who asks, shown with the run in Airflow.
    """

    force: bool = False
    requested_by: str = _NOBODY

    @classmethod
    def from_event(cls, event: object) -> Self:
        """Return the request of an event, which may hold anything.

        Raises:
            InvalidRequestError: The event is malformed; the message says how, without quoting it.
        """
        fields = _fields(event)
        force = fields.get("force", False)
        if not isinstance(force, bool):
            raise InvalidRequestError("force must be true or false")
        name = fields.get("requested_by", _NOBODY)
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name.strip()) <= _MAX_NAME:
            raise InvalidRequestError(f"requested_by must be a line of 1 to {_MAX_NAME} characters")
        return cls(force=force, requested_by=name.strip())


def _fields(event: object) -> Mapping[str, object]:
    if not isinstance(event, dict):
        raise InvalidRequestError("the event must be an object: {}, or with force and requested_by")
    if unknown := len(set(event) - set(_FIELDS)):
        raise InvalidRequestError(f"the event has {unknown} unknown fields: it may have force and requested_by")
    return event
