"""The monitor knows a missing alias from an MLflow that does not answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from monitoring.monitor.registry_alias import NO_VERSION, AliasError, production_alias

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = Callable[[int, object], None]

NO_ALIAS = {"error_code": "INVALID_PARAMETER_VALUE", "message": "Registered model alias production not found."}
NO_MODEL = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Registered Model with name=sentiment not found"}
REFUSED = {"error_code": "INVALID_PARAMETER_VALUE", "message": "Registered model name cannot be empty."}


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Let MLflow answer so."""

    def give(status: int, body: object) -> None:
        def request(*_arguments: Any, **_options: Any) -> urllib3.HTTPResponse:  # noqa: ANN401 (urllib3's)
            return urllib3.HTTPResponse(body=json.dumps(body).encode(), status=status)

        monkeypatch.setattr(urllib3, "request", request)

    return give


@pytest.mark.parametrize(
    ("status", "body", "version"),
    [(200, {"model_version": {"version": 7}}, "7"), (400, NO_ALIAS, NO_VERSION), (404, NO_MODEL, NO_VERSION)],
)
def test_the_alias_names_a_version_or_none(answer: Answer, status: int, body: object, version: str) -> None:
    answer(status, body)
    assert production_alias("http://mlflow") == version


@pytest.mark.parametrize(("status", "body"), [(400, REFUSED), (500, {}), (200, "up"), (200, [])])
def test_an_answer_that_names_no_version_is_a_problem(answer: Answer, status: int, body: object) -> None:
    answer(status, body)
    with pytest.raises(AliasError, match=f"status {status}"):
        production_alias("http://mlflow")
