"""The emulator's access control: who may use the deployed API, AWS's services, and the emulator's own administration.

- *The deployed API* decides itself which pages may call it (CORS). Only its host name is checked here.
- *AWS's services* are for programs: no page may use them, not even one of the deployed API. A client of AWS sends
  headers that a browser sends for a page only after it has asked (a preflight), which is refused. So the services are
  closed to pages in browsers, too, that do not tell where a request comes from.
- *The administration* needs the token in a file that only this user can read.
- A few paths are open: the checks that say whether a server is up, and the addresses to which CloudFormation has a
  function answer, which contain a secret and take `PUT` only.

Standard library only.
"""

from __future__ import annotations

import hmac
import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from local.addresses import ADMINISTRATION_HEADER, IDENTITY_PATH, OWN_PREFIX
from local.guard import Guard, foreign, foreign_host, foreign_page, values

if TYPE_CHECKING:
    from local.guard import Application, Message, Receive, Refusal, Scope, Send

_API = re.compile(r"/_aws/execute-api/[^/]+/[^/]+(/.*)?|/restapis/[^/]+/[^/]+/_user_request_(/.*)?", re.DOTALL)
"""The paths of deployed APIs, in no form that ministack would take for anything else."""
_HEALTH = {IDENTITY_PATH, "/health", "/_ministack/health", "/_ministack/ready", "/_localstack/health"}
_ANSWERS_OF_FUNCTIONS = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")
_ADMINISTRATION = ("/_ministack/", "/_localstack/", f"{OWN_PREFIX}/")
_OF_AWS_CLIENTS = (b"x-amz-", b"amz-sdk-")
"""How the headers begin that AWS's clients send, signed or not."""
_LOCALSTACKS_NAME = re.compile(rb"([a-z0-9.-]{1,200}\.)?localhost\.localstack\.cloud:[0-9]{1,5}", re.IGNORECASE)
"""The names by which cdklocal, without `AWS_ENDPOINT_URL`, asks for this machine: LocalStack owns them."""
_CORS = b"access-control-"
_PRESIGNED = ({"X-Amz-Signature", "X-Amz-Credential"}, {"Signature", "AWSAccessKeyId"})


class AccessControl:
    """The application for those who may use it. `token` opens the administration."""

    def __init__(self, app: Application, token: str) -> None:
        self._app, self._token = app, token.encode()
        self._guard = Guard(self._without_cors, refusal=self.refusal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop with the server."""
        await self._guard(scope, receive, send)

    def refusal(self, scope: Scope) -> Refusal | None:
        """Why a request is refused, and with which status; None for one that is answered."""
        path = scope["path"]
        if _API.fullmatch(path):
            return foreign_host(scope)
        refusal = foreign_page(scope) if _is_cdklocal(scope) else foreign(scope)
        if refusal or path in _HEALTH or (scope["method"] == "PUT" and path.startswith(_ANSWERS_OF_FUNCTIONS)):
            return refusal
        if path.startswith(_ADMINISTRATION):
            return None if self._knows_the_token(scope) else _administration()
        return None if _is_a_client_of_aws(scope) else _not_a_client()

    def _knows_the_token(self, scope: Scope) -> bool:
        return any(hmac.compare_digest(value, self._token) for value in values(scope, ADMINISTRATION_HEADER.encode()))

    async def _without_cors(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on. ministack lets every page read every answer; a deployed API says itself who may."""

        async def send_without_cors(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [header for header in message["headers"] if not header[0].lower().startswith(_CORS)]
                message = {**message, "headers": kept}
            await send(message)

        of_an_api = scope["type"] == "lifespan" or _API.fullmatch(scope["path"])
        await self._app(scope, receive, send if of_an_api else send_without_cors)


def _is_cdklocal(scope: Scope) -> bool:
    hosts = values(scope, b"host")
    return len(hosts) == 1 and _LOCALSTACKS_NAME.fullmatch(hosts[0]) is not None and _is_a_client_of_aws(scope)


def _is_a_client_of_aws(scope: Scope) -> bool:
    if values(scope, b"origin") or b"same-origin" in values(scope, b"sec-fetch-site"):
        return False
    if any(name.startswith(_OF_AWS_CLIENTS) for name, _ in scope["headers"]):
        return True
    if any(value.startswith(b"AWS4-") for value in values(scope, b"authorization")):
        return True
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    # An address that S3's users pass on. With an action it would be a call of another service.
    presigned = any(names <= set(query) for names in _PRESIGNED) and "Action" not in query
    return presigned and scope["method"] in {"GET", "HEAD", "PUT"}


def _administration() -> Refusal:
    return (
        HTTPStatus.FORBIDDEN,
        f"The emulator's administration needs the header {ADMINISTRATION_HEADER}: see docs/local.md",
    )


def _not_a_client() -> Refusal:
    return HTTPStatus.FORBIDDEN, "This is AWS's API: use a client of AWS, such as boto3 or the aws command"
