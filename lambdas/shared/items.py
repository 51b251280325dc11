"""Converts events to DynamoDB items and back. Attributes have the names of the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Event = TypeVar("Event", bound=BaseModel)


def to_item(event: BaseModel) -> dict[str, AttributeValueTypeDef]:
    """Return the event as an item; a field that is None is left out."""
    return {name: _attribute(value) for name, value in event.model_dump(mode="json", exclude_none=True).items()}


def from_item(kind: type[Event], item: Mapping[str, Any]) -> Event:
    """Return the event that an item holds, in DynamoDB's JSON, from the client or from a stream.

    Raises:
        pydantic.ValidationError: The item is not such an event.
    """
    return kind.model_validate({name: _value(attribute) for name, attribute in item.items()})


def _attribute(value: str | float | bool) -> AttributeValueTypeDef:  # noqa: FBT001 - a value to store, not a switch
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)}


def _value(attribute: Mapping[str, Any]) -> object:
    """Return the value of an attribute, which has one entry, its type; pydantic converts numbers from text."""
    return next(iter(attribute.values()), None)
