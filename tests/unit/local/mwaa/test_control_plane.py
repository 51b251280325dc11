"""The API forwards valid calls to Airflow, and reports errors as AWS does."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.local.mwaa.conftest import SIGNED, FakeAirflow, Server

CALL = {"Path": "/dags", "Method": "GET"}


def invoke(server: Server, name: str = "SentimentLoop", **request: Any) -> httpx.Response:  # noqa: ANN401 (JSON)
    return server.post(f"/restapi/{name}", json=CALL | request, headers=SIGNED)


def test_a_call_reaches_airflow_with_its_query_and_body(server: Server, airflow: FakeAirflow) -> None:
    airflow.answer = lambda _request: httpx.Response(200, json={"dag_run_id": "one"})

    answer = invoke(server, Path="/dags/d/dagRuns", Method="POST", QueryParameters={"limit": 3}, Body={"conf": {}})

    assert answer.json() == {"RestApiStatusCode": 200, "RestApiResponse": {"dag_run_id": "one"}}
    (request,) = airflow.asked
    assert (request.method, request.url.path, request.url.params["limit"]) == ("POST", "/api/v2/dags/d/dagRuns", "3")
    assert request.content == b'{"conf":{}}'


def test_one_login_serves_many_calls(server: Server, airflow: FakeAirflow) -> None:
    for _ in range(5):
        invoke(server)
    assert (airflow.logins, len(airflow.asked)) == (1, 5)


def test_a_token_that_airflow_rejects_is_renewed_once(server: Server, airflow: FakeAirflow) -> None:
    invoke(server)
    airflow.answer = lambda request: httpx.Response(
        401 if request.headers["authorization"] == "Bearer token-1" else 200, json={}
    )
    assert invoke(server).status_code == 200
    assert airflow.logins == 2


def test_an_airflow_that_rejects_tokens_is_called_at_most_twice(server: Server, airflow: FakeAirflow) -> None:
    invoke(server)
    airflow.answer = lambda _request: httpx.Response(401, json={"detail": "no"})
    answer = invoke(server)
    assert (answer.headers["x-amzn-errortype"], answer.json()["RestApiStatusCode"]) == ("RestApiClientException", 401)
    assert len(airflow.asked) == 3


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "RestApiClientException"), (409, "RestApiClientException"), (500, "RestApiServerException")],
)
def test_an_airflow_error_is_returned_with_its_status_and_content(
    server: Server, airflow: FakeAirflow, status: int, code: str
) -> None:
    airflow.answer = lambda _request: httpx.Response(status, json={"detail": "why"})
    answer = invoke(server)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, code)
    assert answer.json() == {"RestApiStatusCode": status, "RestApiResponse": {"detail": "why"}}


@pytest.mark.parametrize(
    ("failure", "status"), [(httpx.ConnectError("refused"), 503), (httpx.ReadTimeout("slow"), 504)]
)
def test_an_airflow_that_does_not_answer_is_a_server_error(
    server: Server, airflow: FakeAirflow, failure: Exception, status: int
) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise failure

    airflow.answer = fail
    answer = invoke(server)
    assert answer.headers["x-amzn-errortype"] == "RestApiServerException"
    assert answer.json()["RestApiStatusCode"] == status


def test_an_answer_without_content_is_an_empty_object(server: Server, airflow: FakeAirflow) -> None:
    airflow.answer = lambda _request: httpx.Response(204)
    assert invoke(server, Method="DELETE").json() == {"RestApiStatusCode": 204, "RestApiResponse": {}}


@pytest.mark.parametrize(
    "request_",
    [
        {"Method": "HEAD"},
        {"Method": None},
        {"Path": None},
        {"Path": "dags"},
        {"Path": "/" + "d" * 64},  # by the service model: AWS refuses it too
        {"Path": "/dags?limit=1"},
        {"Path": "/../../auth/token"},
        {"Path": "/%2e%2e/%2e%2e/auth/token"},
        {"QueryParameters": []},
        {"Body": "text"},
    ],
)
def test_an_invalid_call_never_reaches_airflow(server: Server, airflow: FakeAirflow, request_: dict[str, Any]) -> None:
    answer = invoke(server, **request_)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert airflow.asked == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"'])
def test_a_request_that_is_not_a_json_object_is_refused(server: Server, body: bytes) -> None:
    answer = server.post("/restapi/SentimentLoop", content=body, headers=SIGNED)
    assert answer.headers["x-amzn-errortype"] == "ValidationException"


def test_a_request_that_is_too_long_is_refused(server: Server) -> None:
    answer = server.post("/restapi/SentimentLoop", content=b" " * 1_000_001, headers=SIGNED)
    assert answer.headers["x-amzn-errortype"] == "ValidationException"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/environments/{}"), ("POST", "/clitoken/{}"), ("POST", "/webtoken/{}"), ("POST", "/restapi/{}")],
)
def test_there_is_one_environment(server: Server, method: str, path: str) -> None:
    answer = server.request(method, path.format("Another"), headers=SIGNED, json=CALL)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (404, "ResourceNotFoundException")


def test_the_one_environment_is_listed(server: Server) -> None:
    assert server.get("/environments", headers=SIGNED).json() == {"Environments": ["SentimentLoop"]}
    assert server.get("/environments").status_code == 403


def test_an_unsigned_request_is_refused(server: Server, airflow: FakeAirflow) -> None:
    answer = server.post("/restapi/SentimentLoop", json=CALL)
    assert (answer.status_code, airflow.asked) == (403, [])


def test_another_host_name_is_refused(server: Server) -> None:
    assert server.get("/environments/SentimentLoop", headers=SIGNED | {"host": "evil.example"}).status_code == 400


def test_the_environment_is_unavailable_while_airflow_does_not_answer(server: Server, airflow: FakeAirflow) -> None:
    def status() -> str:
        answer = server.get("/environments/SentimentLoop", headers=SIGNED).json()
        return str(answer["Environment"]["Status"])

    assert status() == "AVAILABLE"
    airflow.answer = lambda _request: httpx.Response(502)
    assert status() == "UNAVAILABLE"


def test_a_rejected_password_is_a_server_error(server: Server, airflow: FakeAirflow) -> None:
    airflow.password = "another"
    assert invoke(server).json()["RestApiStatusCode"] == 503
