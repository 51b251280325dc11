"""Who may use the deployed API, AWS's services and the emulator's administration."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from local.addresses import ADMINISTRATION_HEADER, IDENTITY_PATH, SNAPSHOT_PATH
from local.emulator.access import AccessControl

TOKEN = "f" * 64
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=test/20261201/us-east-1/lambda/aws4_request"}
FOREIGN = {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}
API = ["/_aws/execute-api/a1/prod/predict", "/_aws/execute-api/a1/prod", "/restapis/a1/prod/_user_request_/predict"]
ADMINISTRATION = ["/_ministack/reset", "/_ministack/config", "/_ministack/lambda-code/f", SNAPSHOT_PATH]
HEALTH = ["/_ministack/health", "/_localstack/health", IDENTITY_PATH]
CORS = {"access-control-allow-origin": "*", "Access-Control-Allow-Headers": "*", "x-amzn-requestid": "1"}


def ask(method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:  # noqa: ANN401 (httpx's own)
    behind = AccessControl(PlainTextResponse("inside", headers=CORS), TOKEN)
    raw = {name.encode(): value.encode() for name, value in (headers or {}).items()}

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(behind)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4566") as client:
            return await client.request(method, path, headers=raw, **options)

    return asyncio.run(send())


@pytest.mark.parametrize("headers", [SIGNED, {"x-amz-target": "Logs.PutLogEvents"}, {"amz-sdk-invocation-id": "1"}])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_client_of_aws_is_answered(method: str, headers: dict[str, str]) -> None:
    assert ask(method, "/2015-03-31/functions", headers).text == "inside"


@pytest.mark.parametrize(
    ("headers", "status"), [(SIGNED, 200), ({}, 400), (SIGNED | {"sec-fetch-site": "same-origin"}, 400)]
)
@pytest.mark.parametrize("host", ["localhost.localstack.cloud:4566", "assets.s3.localhost.localstack.cloud:4566"])
def test_cdklocal_may_use_the_names_of_localstack_but_no_page(host: str, headers: dict[str, str], status: int) -> None:
    assert ask("POST", "/", headers | {"host": host}).status_code == status
    assert ask("POST", "/", headers | {"host": f"evil.example.{host}.evil.example"}).status_code == 400
    assert ask("POST", API[0], headers | {"host": host}).status_code == 400


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    "headers",
    [
        {},  # a browser that does not tell where a request comes from
        {"content-type": "text/plain"},
        {"authorization": "Basic dGVzdDp0ZXN0"},  # a URL with a user's name
        SIGNED | FOREIGN,
        SIGNED | {"origin": "null"},
        SIGNED | {"origin": "http://127.0.0.1:4566"},  # a page of the deployed API
        SIGNED | {"sec-fetch-site": "same-origin"},
    ],
)
@pytest.mark.parametrize("path", ["/2015-03-31/functions", "/?Action=DeleteStack", "/lake/raw/x"])
def test_no_page_can_use_aws_services(method: str, path: str, headers: dict[str, str]) -> None:
    assert ask(method, path, headers).status_code == 403


@pytest.mark.parametrize("query", ["X-Amz-Signature=1&X-Amz-Credential=2", "Signature=1&AWSAccessKeyId=test"])
def test_a_presigned_address_of_an_object_works_until_it_names_an_action(query: str) -> None:
    assert ask("GET", f"/bucket/key?{query}").status_code == 200
    assert ask("PUT", f"/bucket/key?{query}").status_code == 200
    assert ask("POST", f"/bucket/key?{query}").status_code == 403
    assert ask("GET", f"/?{query}&Action=DeleteStack").status_code == 403


@pytest.mark.parametrize("path", API)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_the_deployed_api_decides_itself_which_pages_may_call_it(method: str, path: str) -> None:
    answer = ask(method, path, FOREIGN)
    assert answer.text == "inside"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert ask(method, path, {"host": "evil.example:4566"}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/_aws/execute-api/?Action=DeleteStack",
        "/_aws/execute-api/a1?Action=DeleteStack",
        "/_aws/execute-api//prod?Action=DeleteStack",
        "/restapis/a1",
        "/restapis/a1/prod/_user_request_x",
        "/restapis/a1/prod/x/_user_request_/predict",
        "/_AWS/execute-api/a1/prod",
        "/x/_aws/execute-api/a1/prod",
    ],
)
def test_what_only_looks_like_a_deployed_api_is_not_open(path: str) -> None:
    assert ask("POST", path, {"content-type": "text/plain"}).status_code == 403


@pytest.mark.parametrize("path", ADMINISTRATION)
def test_the_administration_needs_the_token(path: str) -> None:
    assert ask("POST", path, {ADMINISTRATION_HEADER: TOKEN}).text == "inside"
    for headers in (
        {},
        SIGNED,
        {ADMINISTRATION_HEADER: ""},
        {ADMINISTRATION_HEADER: TOKEN[:-1]},
        {ADMINISTRATION_HEADER: "é"},
    ):
        assert ask("POST", path, headers).status_code == 403
    assert ask("POST", path, {ADMINISTRATION_HEADER: TOKEN} | FOREIGN).status_code == 403


@pytest.mark.parametrize("path", HEALTH)
def test_health_is_open_to_programs_and_links_only(path: str) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert ask("GET", path).text == "inside"
    assert ask("GET", path, link).text == "inside"
    assert ask("GET", path, FOREIGN).status_code == 403
    assert ask("GET", path, {"host": "evil.example:4566"}).status_code == 400


def test_a_function_can_answer_cloudformation() -> None:
    assert ask("PUT", "/_ministack/cfn-response/a-secret", content=b"{}").text == "inside"
    assert ask("POST", "/_ministack/cfn-response/a-secret", content=b"{}").status_code == 403
    assert ask("PUT", "/_ministack/cfn-response/a-secret", FOREIGN, content=b"{}").status_code == 403


@pytest.mark.parametrize(("path", "headers"), [("/lake/raw/x", SIGNED), (HEALTH[0], {})])
def test_no_answer_beside_the_deployed_apis_allows_a_page_to_read_it(path: str, headers: dict[str, str]) -> None:
    answer = ask("GET", path, headers)
    assert [name for name in answer.headers if name.startswith("access-control")] == []
    assert answer.headers["x-amzn-requestid"] == "1"
