"""The operations that `boto3.client("mwaa")` calls: the environment, tokens, and Airflow's REST API.

Errors are as AWS's service model (2020-07-01) declares them, and SDKs know them by name.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.bundle_layout import DAGS, PLUGINS, REQUIREMENTS, STARTUP
from local.mwaa.airflow import AirflowError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from local.mwaa.airflow import Airflow
    from local.mwaa.settings import Settings
    from local.mwaa.tokens import Tokens

LONGEST_PATH = 64
"""The limit for paths of Airflow's REST API in MWAA's service model: what would fail on AWS fails here."""
LARGEST_BODY = 1_000_000
_METHODS = {"GET", "PUT", "POST", "PATCH", "DELETE"}
_ERROR = 400
_SERVER_ERROR = 500


class _ApiError(Exception):
    """An error with its name in the service model, the HTTP status that the model gives it, and its members."""

    def __init__(self, code: str, status: int, body: dict[str, Any]) -> None:
        super().__init__(code)
        self.code, self.status, self.body = code, status, body

    def response(self) -> JSONResponse:
        return JSONResponse(self.body, self.status, headers={"x-amzn-ErrorType": self.code})


class ControlPlane:
    """The operations of the API that a client of an environment needs; its tokens are for the `WebServer`."""

    def __init__(self, settings: Settings, airflow: Airflow, *, cli_tokens: Tokens, web_tokens: Tokens) -> None:
        self._settings, self._airflow = settings, airflow
        self._cli_tokens, self._web_tokens = cli_tokens, web_tokens

    def routes(self) -> list[Route]:
        """The operations by method and path."""
        return [
            Route("/environments", self._checked(self.list_environments), methods=["GET"]),
            Route("/environments/{name}", self._checked(self.get_environment), methods=["GET"]),
            Route("/clitoken/{name}", self._checked(self.create_cli_token), methods=["POST"]),
            Route("/webtoken/{name}", self._checked(self.create_web_login_token), methods=["POST"]),
            Route("/restapi/{name}", self._checked(self.invoke_rest_api), methods=["POST"]),
        ]

    async def list_environments(self, _request: Request) -> Response:
        """`ListEnvironments`: there is one."""
        return JSONResponse({"Environments": [self._settings.mwaa_environment]})

    async def get_environment(self, _request: Request) -> Response:
        """`GetEnvironment`, with those fields that an environment on one machine has."""
        settings = self._settings
        try:
            status, _ = await self._airflow.call("GET", "/version", query={}, body=None)
            available = status < _ERROR
        except AirflowError:
            available = False
        environment = {
            "Name": settings.mwaa_environment,
            "Status": "AVAILABLE" if available else "UNAVAILABLE",
            "Arn": f"arn:aws:airflow:us-east-1:000000000000:environment/{settings.mwaa_environment}",
            "AirflowVersion": version("apache-airflow"),
            "SourceBucketArn": f"arn:aws:s3:::{settings.mwaa_bucket}",
            "DagS3Path": DAGS.rstrip("/"),
            "PluginsS3Path": PLUGINS,
            "RequirementsS3Path": REQUIREMENTS,
            "StartupScriptS3Path": STARTUP,
            "WebserverUrl": settings.airflow_page_url,
        }
        return JSONResponse({"Environment": environment})

    async def create_cli_token(self, _request: Request) -> Response:
        """`CreateCliToken`."""
        return JSONResponse({"CliToken": self._cli_tokens.issue(), "WebServerHostname": self._host()})

    async def create_web_login_token(self, _request: Request) -> Response:
        """`CreateWebLoginToken`."""
        return JSONResponse({"WebToken": self._web_tokens.issue(), "WebServerHostname": self._host()})

    async def invoke_rest_api(self, request: Request) -> Response:
        """`InvokeRestApi`: one call of Airflow's REST API, with its status in the answer or in the error."""
        asked = _read(await request.body())
        method, path, query, body = _validated(asked)
        try:
            status, answer = await self._airflow.call(method, path, query=query, body=body)
        except AirflowError as error:
            raise _airflow_error(error.status, {"title": str(error), "status": error.status}) from error
        if status >= _ERROR:
            raise _airflow_error(status, answer)
        return JSONResponse({"RestApiStatusCode": status, "RestApiResponse": answer})

    def _host(self) -> str:
        # With the port, and without TLS: AWS gives a bare host name, for https on port 443.
        return f"127.0.0.1:{self._settings.mwaa_port}"

    def _checked(self, operation: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            # A web page cannot send this header to another site, so it cannot start a run. Any signature is accepted.
            if not request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
                message = {"message": "Missing Authentication Token"}
                return _ApiError("MissingAuthenticationTokenException", 403, message).response()
            name = request.path_params.get("name", self._settings.mwaa_environment)
            if name != self._settings.mwaa_environment:
                message = {"message": f"Environment {name} not found"}
                return _ApiError("ResourceNotFoundException", 404, message).response()
            try:
                return await operation(request)
            except _ApiError as error:
                return error.response()

        return answer


def _airflow_error(status: int, answer: Any) -> _ApiError:  # noqa: ANN401 (any JSON)
    """Return the error of a call that Airflow answered with an error; the caller gets its status and content."""
    code = "RestApiClientException" if status < _SERVER_ERROR else "RestApiServerException"
    return _ApiError(code, 400, {"RestApiStatusCode": status, "RestApiResponse": answer})


def _invalid(message: str) -> _ApiError:
    return _ApiError("ValidationException", 400, {"message": message})


def _read(raw: bytes) -> dict[str, Any]:
    if len(raw) > LARGEST_BODY:
        raise _invalid(f"The request is longer than {LARGEST_BODY} bytes")
    try:
        asked = json.loads(raw)
    except ValueError as error:
        raise _invalid("The request is not JSON") from error
    if not isinstance(asked, dict):
        raise _invalid("The request is not a JSON object")
    return asked


def _validated(asked: dict[str, Any]) -> tuple[str, str, dict[str, Any], dict[str, Any] | None]:
    method, path = asked.get("Method"), asked.get("Path")
    if method not in _METHODS:
        raise _invalid(f"Method must be one of {', '.join(sorted(_METHODS))}")
    if not isinstance(path, str) or not path.startswith("/") or len(path) > LONGEST_PATH:
        raise _invalid(f"Path must be 1 to {LONGEST_PATH} characters and begin with a slash")
    if set("?#\\") & set(path) or ".." in unquote(path).split("/"):
        raise _invalid("Path must be a path of Airflow's REST API; a query goes into QueryParameters")
    query, body = asked.get("QueryParameters", {}), asked.get("Body")
    if not isinstance(query, dict) or not (body is None or isinstance(body, dict)):
        raise _invalid("QueryParameters and Body must be objects")
    return method, path, query, None if method in {"GET", "DELETE"} and not body else body
