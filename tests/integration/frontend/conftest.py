"""The servers that the pages talk to: the API on the emulator's tables, the retrain function, MLflow."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import mlflow
import pytest
import tenacity
import uvicorn

import feature_repo.settings
from lambdas.retrain import connection
from local.ports import HOST, free_port
from tests.browser import chromium
from tests.integration.conftest import PROJECT
from tests.integration.frontend.lambda_api import NAME, serving
from tests.integration.lambdas.api import API_KEY, REVIEWERS_API_KEY, whole_api
from tests.integration.lambdas.functions import cold_start
from tests.integration.resources import REVIEWERS_API_KEY_ID
from tests.integration.training.versions import MakeVersion, forget_versions
from tests.unit.lambdas.retrain.fake_mwaa import NOW, FakeMwaa
from training.registry.tracking import Tracking
from training.retraining.run import RetrainingSettings
from training.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from socket import socket

    from playwright.sync_api import Page

    from tests.integration.resources import Resources


class Served(uvicorn.Server):
    """A server that says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()


@pytest.fixture(autouse=True)
def _own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit puts its script in the place of `__main__`, which a process that is spawned later would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def api_url(resources: Resources) -> Iterator[str]:
    port = free_port()
    api = whole_api(resources, {API_KEY: "id-of-a-key", REVIEWERS_API_KEY: REVIEWERS_API_KEY_ID})
    server = Served(uvicorn.Config(api, host=HOST, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.up.wait(20)
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def page(api_url: str) -> Iterator[Page]:
    """The pages in a real browser."""
    keys = {"API_URL": api_url, "API_KEY": API_KEY, "REVIEWERS_API_KEY": REVIEWERS_API_KEY}
    port = free_port()
    with serving_pages(port, keys), chromium() as browser:
        yield browser.new_page(base_url=f"http://{HOST}:{port}")


@contextmanager
def serving_pages(port: int, settings: Mapping[str, str], folder: Path = PROJECT) -> Iterator[None]:
    """Run the pages' server in a process of its own, in a folder."""
    command = [
        *(sys.executable, "-m", "uvicorn", "frontend.server:app", "--app-dir", str(PROJECT)),
        *("--host", HOST, "--port", str(port), "--no-access-log"),
    ]
    with subprocess.Popen(command, env=os.environ | settings, cwd=folder) as server:
        try:
            wait_until_it_answers(f"http://{HOST}:{port}/_stcore/health")
            yield
        finally:
            server.terminate()


@tenacity.retry(
    wait=tenacity.wait_fixed(0.1),
    stop=tenacity.stop_after_delay(60),
    retry=tenacity.retry_if_exception_type(httpx.HTTPError),
    reraise=True,
)
def wait_until_it_answers(url: str) -> None:
    """Wait until a server answers this address."""
    httpx.get(url, trust_env=False).raise_for_status()


@pytest.fixture
def mwaa(monkeypatch: pytest.MonkeyPatch) -> FakeMwaa:
    """The Airflow behind the retrain function."""
    fake = FakeMwaa()
    monkeypatch.setattr(connection, "_client", lambda _endpoint: fake)
    return fake


@pytest.fixture
def lambda_url(mwaa: FakeMwaa, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where AWS calls the real retrain function, with the clock of that Airflow."""
    assert not mwaa.runs
    for name, value in {"MWAA_ENVIRONMENT": "SentimentLoop", "MWAA_TRIGGER": "rest", "COOLDOWN_S": "900"}.items():
        monkeypatch.setenv(name, value)
    handler = cold_start("retrain").handler
    monkeypatch.setattr("lambdas.retrain.handler.utc_now", lambda: NOW)
    with serving(handler) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
        monkeypatch.setenv("RETRAIN_FUNCTION", NAME)
        yield url


@pytest.fixture
def tracking(mlflow_server: str, monkeypatch: pytest.MonkeyPatch) -> Tracking:
    """A tracking server without any version of the model, named in the environment."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    made = Tracking(mlflow_server)
    mlflow.set_tracking_uri(mlflow_server)
    forget_versions(made)
    return made


@pytest.fixture
def make_version(tracking: Tracking) -> MakeVersion:
    return MakeVersion(tracking)


@pytest.fixture
def settings(resources: Resources, tracking: Tracking) -> RetrainingSettings:
    """What a retraining reads from the environment: nothing is in production."""
    assert resources.environment
    assert tracking.uri
    return RetrainingSettings(Settings(), feature_repo.settings.Settings())
