"""The server with a fake Airflow and a fake clock."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.airflow import secrets
from local.mwaa.airflow import Airflow
from local.mwaa.app import make_app
from local.mwaa.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.applications import Starlette

SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=test"}


@dataclass
class FakeAirflow:
    """Accepts the login, then gives a chosen answer; keeps the requests."""

    answer: Callable[[httpx.Request], httpx.Response] = lambda _request: httpx.Response(200, json={"total_entries": 0})
    asked: list[httpx.Request] = field(default_factory=list)
    logins: int = 0
    password: str = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/auth/token":
            given = json.loads(request.content)
            if given != {"username": "admin", "password": self.password}:
                return httpx.Response(401)
            self.logins += 1
            return httpx.Response(201, json={"access_token": f"token-{self.logins}"})
        self.asked.append(request)
        return self.answer(request)


class Server:
    """The application, called as over HTTP."""

    def __init__(self, app: Starlette) -> None:
        self._transport = httpx.ASGITransport(app)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own)
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1:5002") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())

    def get(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own)
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own)
        return self.request("POST", path, **options)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def airflow(tmp_path: Path) -> FakeAirflow:
    return FakeAirflow(password=secrets.ensure(tmp_path)["password"])


@pytest.fixture
def server(tmp_path: Path, airflow: FakeAirflow, clock: Clock) -> Server:
    settings = Settings(
        mwaa_environment="SentimentLoop",
        mwaa_port=5002,
        mwaa_bucket="the-bucket",
        mwaa_airflow_url="http://127.0.0.1:8080",
        airflow_home=tmp_path,
        run_id="a" * 32,
    )
    airflow_client = Airflow("http://127.0.0.1:8080", tmp_path, transport=httpx.MockTransport(airflow))
    return Server(make_app(settings, airflow_client, clock=clock))
