"""A function's settings come from its environment variables, and every wrong one is named at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from lambdas.shared.environment import EnvironmentVariableError, from_environment


@dataclass(frozen=True, slots=True)
class Settings:
    some_table: str
    days: int
    mode: Literal["rest", "cli"]
    url: str = "none"


def test_variables_fill_the_fields_of_their_names_and_types() -> None:
    variables = {"SOME_TABLE": "t", "DAYS": "90", "MODE": "cli", "OTHER": "x"}

    assert from_environment(Settings, variables) == Settings("t", 90, "cli")
    assert from_environment(Settings, {**variables, "URL": "redis://x"}).url == "redis://x"


def test_every_missing_or_malformed_variable_is_named_at_once() -> None:
    with pytest.raises(EnvironmentVariableError) as error:
        from_environment(Settings, {"SOME_TABLE": "", "DAYS": "many", "MODE": "post"})

    assert str(error.value) == (
        "SOME_TABLE is missing; DAYS must be a whole number, not 'many'; MODE must be rest or cli, not 'post'"
    )
