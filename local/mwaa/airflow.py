"""A client of Airflow's REST API that logs in as its only user and keeps the token until Airflow rejects it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from local.airflow.secrets import PASSWORDS_FILE, USER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONNECT_S = 2.0
ANSWER_S = 10.0
"""As long as MWAA waits for Airflow, and shorter than a caller's timeout (boto3: 60 s)."""
_UNAUTHORIZED = 401
_CREATED = 201


class AirflowError(Exception):
    """Airflow could not be called.

    Attributes:
        status: What a gateway would answer: 503, or 504 after a timeout.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Airflow:
    """The Airflow of one loop, by the URL of its API server and the folder with its password."""

    def __init__(self, url: str, home: Path, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        self._client = httpx.AsyncClient(base_url=url, timeout=timeout, transport=transport, trust_env=False)
        self._home = home
        self._token = ""

    async def call(
        self, method: str, path: str, *, query: Mapping[str, Any], body: Mapping[str, Any] | None
    ) -> tuple[int, Any]:
        """Call the REST API, logging in when needed. Returns the status and the JSON of the answer.

        Raises:
            AirflowError: There was no answer, or Airflow rejected the login.
        """
        fresh = not self._token
        token = self._token or await self.log_in()
        response = await self._send(method, path, query=query, body=body, token=token)
        if response.status_code == _UNAUTHORIZED and not fresh:  # the token expired, or Airflow has a new secret
            response = await self._send(method, path, query=query, body=body, token=await self.log_in())
        return response.status_code, _content(response)

    async def log_in(self) -> str:
        """A token for Airflow's interface and API.

        Raises:
            AirflowError: There was no answer, or Airflow rejected the login.
        """
        try:
            password = json.loads((self._home / PASSWORDS_FILE).read_text())[USER]
        except (OSError, ValueError, KeyError) as error:
            raise AirflowError("Airflow's password is missing: make up creates one", 503) from error
        response = await self._ask("POST", "/auth/token", json={"username": USER, "password": password})
        if response.status_code != _CREATED:
            raise AirflowError(f"Airflow rejected its own password ({response.status_code})", 503)
        self._token = str(response.json()["access_token"])
        return self._token

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def _send(
        self, method: str, path: str, *, query: Mapping[str, Any], body: Mapping[str, Any] | None, token: str
    ) -> httpx.Response:
        options: dict[str, Any] = {"params": dict(query), "headers": {"Authorization": f"Bearer {token}"}}
        if body is not None:
            options["json"] = body
        return await self._ask(method, f"/api/v2{path}", **options)

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own)
        try:
            return await self._client.request(method, path, **options)
        except httpx.TimeoutException as error:
            raise AirflowError(f"Airflow did not answer within {ANSWER_S:.0f} s", 504) from error
        except httpx.HTTPError as error:
            raise AirflowError(f"Airflow does not answer: {error}", 503) from error


def _content(response: httpx.Response) -> Any:  # noqa: ANN401 (any JSON)
    if not response.content:
        return {}
    try:
        return response.json()
    except ValueError:
        return {"detail": response.text[:1000]}
