"""A function's settings, read from its environment variables. Standard library only."""

from __future__ import annotations

import os
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, get_args, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Settings = TypeVar("Settings", bound=_Dataclass)


class EnvironmentVariableError(ValueError):
    """Variables are missing or malformed; the message names all of them."""


def from_environment(kind: type[Settings], environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that the environment variables give.

    The variable of a field has its name in capitals: `WINDOW_DAYS` for `window_days`. One that is empty counts as
    missing, and a field with a default may be.

    Args:
        kind: A dataclass with fields of type `str`, `int` or a `Literal` of strings.
        environment: The variables.

    Raises:
        EnvironmentVariableError: A variable is missing, or does not have its field's type.
    """
    types = get_type_hints(kind)
    values: dict[str, object] = {}
    problems = []
    for field in fields(kind):
        variable = field.name.upper()
        text = environment.get(variable, "")
        if text:
            try:
                values[field.name] = _value(text, types[field.name])
            except ValueError as error:
                problems.append(f"{variable} {error}")
        elif field.default is MISSING:
            problems.append(f"{variable} is missing")
    if problems:
        raise EnvironmentVariableError("; ".join(problems))
    return kind(**values)


def _value(text: str, kind: Any) -> str | int:  # noqa: ANN401 - the type of a field
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise ValueError(f"must be a whole number, not {text!r}") from None
    if (choices := get_args(kind)) and text not in choices:
        raise ValueError(f"must be {' or '.join(choices)}, not {text!r}")
    return text
