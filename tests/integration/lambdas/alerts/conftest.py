"""The alerts function, with an Airflow that is a fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.retrain import connection
from tests.integration.lambdas.functions import cold_start
from tests.unit.lambdas.retrain.fake_mwaa import NOW, FakeMwaa

if TYPE_CHECKING:
    from tests.integration.lambdas.functions import Function
    from tests.integration.resources import Resources


@pytest.fixture
def mwaa(monkeypatch: pytest.MonkeyPatch) -> FakeMwaa:
    """The Airflow that the function is deployed for."""
    airflow = FakeMwaa()
    monkeypatch.setattr(connection, "_client", lambda _endpoint: airflow)
    for name, value in {"MWAA_ENVIRONMENT": "SentimentLoop", "MWAA_TRIGGER": "rest", "COOLDOWN_S": "900"}.items():
        monkeypatch.setenv(name, value)
    return airflow


@pytest.fixture
def alerts(resources: Resources, mwaa: FakeMwaa, monkeypatch: pytest.MonkeyPatch) -> Function:
    """The alerts function, with the clock of that Airflow."""
    assert resources.environment
    assert not mwaa.runs
    function = cold_start("alerts")
    monkeypatch.setattr("lambdas.alerts.handler.utc_now", lambda: NOW)
    return function
