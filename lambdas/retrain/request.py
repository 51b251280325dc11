"""What the function may be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from lambdas.retrain.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_NAME = 100
_NOBODY = "an unnamed caller"
_FIELDS = ("force", "requested_by")


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants a run, and how urgently.

    Attributes:
        force: Start one even within the cooldown of the last, and train even if there is nothing new; never beside
            a run that is under way.
        requested_by: For people who look at the run in Airflow.
    """

    force: bool = False
    requested_by: str = _NOBODY

    @classmethod
    def from_event(cls, event: object) -> Self:
        """Read an event, which anybody may have sent.

        Raises:
            InvalidRequestError: It is not one; the message names what is wrong with it, and not what is in it.
        """
        fields = _fields(event)
        force = fields.get("force", False)
        if not isinstance(force, bool):
            raise InvalidRequestError("force is true or false")
        name = fields.get("requested_by", _NOBODY)
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name.strip()) <= _LONGEST_NAME:
            raise InvalidRequestError(f"requested_by is a line of 1 to {_LONGEST_NAME} characters")
        return cls(force=force, requested_by=name.strip())


def _fields(event: object) -> Mapping[str, object]:
    if not isinstance(event, dict):
        raise InvalidRequestError("the event is an object: {} or with force and requested_by")
    if unknown := len(set(event) - set(_FIELDS)):
        raise InvalidRequestError(f"the event has {unknown} unknown fields: it may have force and requested_by")
    return event
