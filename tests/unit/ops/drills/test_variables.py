"""A wrong variable of a function is set back to what it was, and nothing else is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal
from ops import aws
from ops.drills.drill import Drilled
from ops.drills.record import Record
from ops.drills.service import WrongVariable

if TYPE_CHECKING:
    from pathlib import Path

DRILL = WrongVariable(
    alert="ErrorRatio", plants="", mends="", functions=("InferenceFunction",), variable="TABLE", wrong="no-such-table"
)


class FakeFunctions:
    """Lambda with one function."""

    def __init__(self) -> None:
        self.variables: dict[str, str] | None = {"TABLE": "predictions", "BUCKET": "lake"}

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803 (boto3's own names)
        if self.variables is None or FunctionName != "inference":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no"}}, "GetFunction")
        return {"Environment": {"Variables": dict(self.variables)}}

    def update_function_configuration(self, *, FunctionName: str, Environment: dict[str, Any]) -> None:  # noqa: N803
        assert FunctionName == "inference"
        self.variables = Environment["Variables"]

    def get_waiter(self, _name: str) -> FakeFunctions:
        return self

    def wait(self, *, FunctionName: str) -> None:  # noqa: N803 (boto3's own names)
        assert FunctionName == "inference"


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> FakeFunctions:
    fake = FakeFunctions()
    monkeypatch.setattr(aws, "client", lambda *_arguments: fake)
    return fake


@pytest.fixture
def on(tmp_path: Path) -> Drilled:
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))
    return Drilled(loop, {"InferenceFunction": "inference"}, print, iter(()))


@pytest.fixture
def planted(functions: FakeFunctions, on: Drilled) -> Record:
    record = Record(on.loop.state_dir, DRILL.alert, DRILL.keep(on))
    DRILL.plant(on, record)
    assert functions.variables == {"TABLE": "no-such-table", "BUCKET": "lake"}
    return record


def test_the_variable_is_set_back(functions: FakeFunctions, on: Drilled, planted: Record) -> None:
    DRILL.mend(on, planted)
    assert functions.variables == {"TABLE": "predictions", "BUCKET": "lake"}


@pytest.mark.parametrize("since", [{"TABLE": "predictions-2", "BUCKET": "lake"}, None], ids=["deployed", "destroyed"])
def test_a_deployment_since_then_is_left_alone(
    functions: FakeFunctions, on: Drilled, planted: Record, since: dict[str, str] | None
) -> None:
    functions.variables = since
    DRILL.mend(on, planted)
    assert functions.variables == since
