"""Templates have the names of docs/contracts.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.infra.conftest import Synthesis

CONTRACTS = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text()


def names(row: str) -> set[str]:
    """Return the names in the second column of a row."""
    (line,) = [line for line in CONTRACTS.splitlines() if line.startswith(f"| {row} |")]
    return set(re.findall(r"`([A-Za-z]+)`", line.split("|")[2]))


@pytest.mark.parametrize("stack", ["Data", "Serving", "Retraining"])
def test_a_stack_has_the_outputs_of_the_contract(stack: str, local: Synthesis) -> None:
    template = {"Data": local.data, "Serving": local.serving, "Retraining": local.retraining}[stack]

    assert {name for name in template["Outputs"] if not name.startswith("Exports")} == names(f"`SentimentLoop-{stack}`")


def test_the_functions_variables_are_those_of_the_contract(local: Synthesis) -> None:
    section = CONTRACTS.split("## Environment of the functions")[1].split("\n## ")[0]
    agreed = {
        name for row in re.findall(r"^\| (`[A-Z].*?) \|", section, re.M) for name in re.findall(r"`([A-Z_]+)`", row)
    }
    given = {
        name
        for function in local.resources("AWS::Lambda::Function").values()
        for name in function["Properties"]["Environment"]["Variables"]
    }
    with_a_setting = {"AWS_ENDPOINT_URL_MWAA", "REDIS_URL", "LOOP_NAME", "ALLOWED_ORIGINS", "PUSHGATEWAY_URL"}

    assert given | with_a_setting == agreed


def test_every_handler_is_in_the_contract(local: Synthesis) -> None:
    for function in local.resources("AWS::Lambda::Function").values():
        assert f"`{function['Properties']['Handler']}`" in CONTRACTS
