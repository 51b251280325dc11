"""A hostile page in the user's browser gets nothing from the loop's servers, by whatever name it calls them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import psutil
import pytest
from botocore.config import Config
from playwright.sync_api import Browser, Page, expect

from local.processes import HOME_VARIABLE
from tests import needs
from tests.browser import chromium, server_of_an_empty_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.deployment import Deployment
    from tests.e2e.loop import Loop

PLANTED = "planted-by-a-page"
SIMPLE = "text/plain"
"""A type of content that a page may send to any server without asking it first."""
A_FUNCTION = {
    "FunctionName": PLANTED,
    "Runtime": "python3.11",
    "Role": "arn:aws:iam::000000000000:role/any",
    "Handler": "index.handler",
    "Code": {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},
}
A_SILENCE = {
    "comment": PLANTED,
    "createdBy": PLANTED,
    "matchers": [{"name": "severity", "value": ".*", "isRegex": True}],
    "startsAt": "2026-01-01T00:00:00Z",
    "endsAt": "2126-01-01T00:00:00Z",
}
MONITORING = ("pushgateway", "alertmanager", "prometheus")
SEND = """async ([url, method, type, body]) => {
  try {
    await fetch(url, {method, mode: 'no-cors', credentials: 'include', headers: {'content-type': type}, body});
  } catch (error) { return String(error); }
  return 'sent';
}"""
READ = """async (url) => {
  let read = '';
  for (const credentials of ['omit', 'include']) {
    try { read += await (await fetch(url, {credentials})).text(); } catch (error) { }
  }
  return read;
}"""
READ_AS_OWN = """async ([method, path, type, body]) => {
  const answer = await fetch(path, {method, headers: {'content-type': type}, body});
  return answer.status;
}"""
OPEN_A_WEBSOCKET = """(url) => new Promise((told) => {
  const socket = new WebSocket(url);
  socket.onopen = () => told('open');
  socket.onerror = () => told('closed');
})"""


@dataclass(frozen=True)
class Call:
    """A request that changes something if the server lets it, and a path that tells something."""

    path: str
    body: str
    read: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A tab with a page of another server, under a name that also leads to this machine."""
    with server_of_an_empty_page() as port:
        page = browser.new_page()
        page.goto(f"http://evil.test:{port}/")
        yield page


@pytest.fixture
def servers(loop: Loop, deployment: Deployment) -> dict[str, str]:
    """The address of each server of the loop."""
    found = {name: loop.outputs[f"{name}_url"] for name in ("mlflow", "airflow", "mwaa", "frontend")}
    for name in MONITORING:
        if url := loop.outputs.get(f"{name}_url"):
            found[name] = f"http://{url.rpartition('@')[2]}"  # without user and password, as a page knows it
    return {"emulator": deployment.endpoint, **found} if deployment.owns_emulator else found


CALLS = {
    "emulator": Call("/2015-03-31/functions", json.dumps(A_FUNCTION), "/2015-03-31/functions"),
    "mlflow": Call(
        "/api/2.0/mlflow/experiments/create", json.dumps({"name": PLANTED}), "/api/2.0/mlflow/registered-models/search"
    ),
    "airflow": Call(
        "/api/v2/dags/fast_retrain_dag/dagRuns",
        json.dumps({"dag_run_id": PLANTED, "logical_date": None}),
        "/api/v2/dags",
    ),
    "frontend": Call("/_stcore/upload_file/a/b", PLANTED, "/_stcore/health"),
    "pushgateway": Call(f"/metrics/job/{PLANTED}", "planted 1\n", "/api/v1/metrics"),
    "alertmanager": Call("/api/v2/silences", json.dumps(A_SILENCE), "/api/v2/alerts"),
    "prometheus": Call("/api/v1/query", "query=up", "/api/v1/query?query=up"),
    "mwaa": Call("/aws_mwaa/cli", f"dags trigger fast_retrain_dag --run-id {PLANTED}", "/environments/SentimentLoop"),
}


def test_only_the_servers_known_here_listen_and_only_on_this_machine(
    deployment: Deployment, servers: dict[str, str]
) -> None:
    listening = {address for process in psutil.process_iter() for address in _listening(process, deployment)}
    assert {address.ip for address in listening} == {"127.0.0.1"}
    ports, own = {address.port for address in listening}, {int(url.rpartition(":")[2]) for url in servers.values()}
    assert own <= ports <= own | set(map(int, deployment.other_ports.values()))


@pytest.mark.parametrize("name", CALLS)
def test_a_page_of_another_name_changes_and_reads_nothing(
    loop: Loop, servers: dict[str, str], page: Page, name: str
) -> None:
    url, call = _address(servers, name), CALLS[name]
    for method in ("POST", "GET"):
        body = call.body if method == "POST" else None
        assert page.evaluate(SEND, [url + call.path, method, SIMPLE, body]) == "sent"
    assert page.evaluate(READ, url + call.read) == ""
    assert page.evaluate(OPEN_A_WEBSOCKET, url.replace("http", "ws", 1)) == "closed"
    assert PLANTED not in _state(loop, servers)


@pytest.mark.parametrize("name", CALLS)
def test_a_name_that_resolves_to_this_machine_later_gains_nothing(
    loop: Loop, servers: dict[str, str], browser: Browser, name: str
) -> None:
    """DNS rebinding: the server counts as the page's own, so the page may send and read everything."""
    url, call = _address(servers, name), CALLS[name]
    port = url.rpartition(":")[2]
    # Without a password to try, Chromium shows no page at all for a server that asks for one.
    page = browser.new_page(http_credentials={"username": "sentiment", "password": "guessed"})
    page.goto(f"http://rebound.test:{port}{call.read}")  # an error is a page of that name, too
    for method, path in (("POST", call.path), ("GET", call.read)):
        body = call.body if method == "POST" else None
        for type_ in (SIMPLE, "application/json"):
            assert page.evaluate(READ_AS_OWN, [method, path, type_, body]) in {400, 401, 403}
    assert PLANTED not in _state(loop, servers)
    page.close()


def test_a_page_cannot_erase_the_emulator(loop: Loop, servers: dict[str, str], page: Page) -> None:
    url = _address(servers, "emulator")
    for path in ("/_ministack/reset", "/?Action=DeleteStack&StackName=SentimentLoop-Data", "/_ministack/config"):
        for method in ("POST", "GET"):
            page.evaluate(SEND, [url + path, method, SIMPLE, "{}" if method == "POST" else None])
    assert loop.predict("It still works very well.")["label"] == "positive"


@pytest.mark.parametrize(("name", "shown"), [("api_url", "/predict/batch"), ("mlflow_url", "Experiments")])
def test_a_link_opens_a_page_of_the_loop_in_a_new_tab(loop: Loop, page: Page, name: str, shown: str) -> None:
    url = f"{loop.outputs[name]}/docs" if name == "api_url" else loop.outputs[name]
    page.evaluate("url => { document.body.innerHTML = `<a href='${url}' target='_blank'>open</a>`; }", url)
    with page.expect_popup() as opened:
        page.get_by_text("open").click()
    expect(opened.value.locator("body")).to_contain_text(shown, timeout=60_000)
    opened.value.close()


def _address(servers: dict[str, str], name: str) -> str:
    if name in MONITORING:
        needs.monitoring()
    if name not in servers:
        pytest.skip("the emulator at ENDPOINT does not belong to this suite")
    return servers[name]


def _listening(process: psutil.Process, deployment: Deployment) -> list[Any]:
    """The addresses on which a process listens; none when it is not of this deployment."""
    try:
        if process.environ().get(HOME_VARIABLE) != str(deployment.state_dir):
            return []
        return [one.laddr for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    except (psutil.AccessDenied, psutil.NoSuchProcess):  # another user's, or over
        return []


def _state(loop: Loop, servers: dict[str, str]) -> str:
    """The functions, experiments and runs that there are, and what the monitoring's servers were sent."""
    functions = [page["Functions"] for page in loop.functions.get_paginator("list_functions").paginate()]
    search = f"{servers['mlflow']}/api/2.0/mlflow/experiments/search"
    experiments = httpx.post(search, json={"max_results": 1000}, trust_env=False).json()
    session = boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")
    mwaa = session.client("mwaa", endpoint_url=servers["mwaa"], config=Config(inject_host_prefix=False))
    name = loop.environment["LOOP_NAME"]
    runs = mwaa.invoke_rest_api(Name=name, Path="/dags/fast_retrain_dag/dagRuns", Method="GET")["RestApiResponse"]
    sent = [
        httpx.get(f"{loop.outputs[f'{name}_url']}{path}", trust_env=False).raise_for_status().text
        for name, path in (("pushgateway", "/api/v1/metrics"), ("alertmanager", "/api/v2/silences"))
        if name in servers
    ]
    return f"{functions} {experiments} {runs} {sent}"
