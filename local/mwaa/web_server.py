"""The environment's web server below `/aws_mwaa`: the command line, and the login by token."""

from __future__ import annotations

import asyncio
import base64
import os
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.mwaa import command_line
from local.mwaa.airflow import AirflowError

if TYPE_CHECKING:
    from starlette.requests import Request

    from local.mwaa.airflow import Airflow
    from local.mwaa.settings import Settings
    from local.mwaa.tokens import Tokens

_COOKIE = "_token"
"""The cookie in which Airflow's interface keeps its login; a cookie is valid for every port of a host."""
_LARGEST = 10_000
_LOGIN_PAGE = """<!doctype html><title>Airflow</title><p id="status">Logging in ...</p><script>
fetch("/aws_mwaa/login", {{method: "POST", body: new URLSearchParams({{token: location.hash.slice(1)}})}}).then(
  (answer) => {{ if (answer.ok) location.replace("{url}");
                 else document.getElementById("status").textContent = "This login has expired or was used."; }});
</script>"""


class WebServer:
    """The web server of one environment, beside Airflow's own; the `ControlPlane` issues its tokens."""

    def __init__(self, settings: Settings, airflow: Airflow, *, cli_tokens: Tokens, web_tokens: Tokens) -> None:
        self._settings, self._airflow = settings, airflow
        self._cli_tokens, self._web_tokens = cli_tokens, web_tokens
        self._one_command = asyncio.Semaphore(1)  # each takes 150 MB and a whole processor

    def routes(self) -> list[Route]:
        """The paths."""
        return [
            Route("/aws_mwaa/cli", self.cli, methods=["POST"]),
            Route("/aws_mwaa/aws-console-sso", self.console, methods=["GET"]),
            Route("/aws_mwaa/login", self.login, methods=["POST"]),
            Route("/pluginsv2/aws_mwaa/login", self.login, methods=["POST"]),  # its path in Airflow 3
        ]

    async def cli(self, request: Request) -> Response:
        """Run one Airflow command; the answer contains its output in base64."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not self._cli_tokens.redeem(token):
            return JSONResponse({"message": "Forbidden"}, 403)
        body = await request.body()
        try:
            arguments = command_line.parse(body[:_LARGEST].decode(errors="replace"))
        except command_line.NotAllowedError as error:
            return _printed(400, b"", f"{error}\n".encode())
        async with self._one_command:
            outcome = await command_line.run(arguments, os.environ)
        return _printed(200 if outcome.exit_code == 0 else 400, outcome.stdout, outcome.stderr)

    async def console(self, _request: Request) -> Response:
        """The page that AWS's console opens with a token after the `#`, which reaches no log."""
        return HTMLResponse(_LOGIN_PAGE.format(url=self._settings.airflow_page_url))

    async def login(self, request: Request) -> Response:
        """Exchange a token for a login of Airflow's interface."""
        form = parse_qs((await request.body())[:_LARGEST].decode(errors="replace"))
        if not self._web_tokens.redeem(form.get("token", [""])[0]):
            return JSONResponse({"message": "Forbidden"}, 403)
        try:
            token = await self._airflow.log_in()
        except AirflowError as error:
            return PlainTextResponse(str(error), error.status)
        response = Response(status_code=200)
        response.set_cookie(_COOKIE, token, httponly=True, samesite="lax")
        return response


def _printed(status: int, stdout: bytes, stderr: bytes) -> JSONResponse:
    return JSONResponse(
        {"stdout": base64.b64encode(stdout).decode(), "stderr": base64.b64encode(stderr).decode()}, status
    )
