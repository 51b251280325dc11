"""Prometheus, Pushgateway, Alertmanager and node exporter as `make up` runs them: real servers on free ports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from local import start, stop
from local.loop import open_loop
from local.monitoring import password
from local.monitoring.servers import ALERTMANAGER, INSTALLED, NODE_EXPORTER, PROMETHEUS, PUSHGATEWAY
from local.ports import free_port
from local.processes import end
from local.settings import Monitoring, Settings
from local.terminal import Step, Terminal
from ops.status import ask_all
from sentiment.schemas.metrics import JOB_MONITOR, LABELS
from tests import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.loop import Loop
    from local.monitoring.servers import Server

ALWAYS = """\
groups:
  - name: test
    rules:
      - alert: Always
        expr: vector(1)
"""
PAGE = {"origin": "http://shop.example"}


def make_up(loop: Loop) -> list[str]:
    """Start the servers as `make up` does, from any state. Returns what is wrong."""
    start.supervisor(loop)
    return start.monitoring(
        loop, Step("Start Prometheus", 2), start.launch_monitoring(loop, start.obtain_monitoring(loop))
    )


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """A loop that runs nothing but the servers of the monitoring."""
    needs.monitoring()
    folder = tmp_path_factory.mktemp("a loop's folder")
    (folder / "my [rules]").mkdir()
    settings = Settings(
        local_dir=folder / "state",
        monitoring=Monitoring.INSTALLED,
        pushgateway_port=free_port(),
        prometheus_port=free_port(),
        alertmanager_port=free_port(),
        node_exporter_port=free_port(),
        alert_rules=folder / "my [rules]",
    )
    one = open_loop(settings, Terminal(folder / "timings.json"))
    try:
        assert make_up(one) == []
        yield one
    finally:
        stop.down(one)
        end(one.supervisor.strays(), timeout_s=10)


def eventually(check: Callable[[], None], *, within_s: float = 30) -> None:
    """Return once `check` raises no AssertionError."""
    Retrying(
        retry=retry_if_exception_type((AssertionError, httpx.HTTPError)),
        stop=stop_after_delay(within_s),
        wait=wait_fixed(0.1),
        reraise=True,
    )(check)


def queried(loop: Loop, expression: str) -> list[dict[str, Any]]:
    answer = httpx.get(
        f"{loop.monitoring_url(PROMETHEUS, with_password=True)}/api/v1/query", params={"query": expression}
    )
    found: list[dict[str, Any]] = answer.json()["data"]["result"]
    return found


def pushed(loop: Loop) -> list[tuple[str, str]]:
    """The series of what `push` pushed: its job and its value."""
    return [(series["metric"]["job"], series["value"][1]) for series in queried(loop, LABELS.name)]


def push(loop: Loop, value: int) -> None:
    body = f'# TYPE {LABELS.name} {LABELS.kind}\n{LABELS.name}{{window="1h"}} {value}\n'
    pushed = httpx.put(f"{loop.pushgateway_url}/metrics/job/{JOB_MONITOR}", content=body)
    assert pushed.status_code == 200, pushed.text


def test_what_is_pushed_is_found_in_prometheus_under_its_own_job(loop: Loop) -> None:
    push(loop, 41)

    def found() -> None:
        assert pushed(loop) == [(JOB_MONITOR, "41")]

    eventually(found)


def test_every_server_is_scraped_and_up(loop: Loop) -> None:
    def up() -> None:
        found = {series["metric"]["job"]: series["value"][1] for series in queried(loop, "up")}
        assert found == dict.fromkeys(("pushgateway", "node", "alertmanager", "prometheus"), "1")

    eventually(up)
    states = {row.name: (row.ok, row.state) for row in ask_all(loop)}
    assert [states[server.name] for server in INSTALLED] == [(True, "up")] * len(INSTALLED)


@pytest.mark.parametrize(
    ("server", "method", "path"),
    [
        (PUSHGATEWAY, "PUT", "/metrics/job/x"),
        (PUSHGATEWAY, "GET", "/metrics"),
        (ALERTMANAGER, "POST", "/api/v2/silences"),
        (ALERTMANAGER, "GET", "/api/v2/alerts"),
        (PROMETHEUS, "GET", "/api/v1/query?query=up"),
        (NODE_EXPORTER, "GET", "/metrics"),
    ],
)
@pytest.mark.parametrize("given", [None, (password.USER, "guessed"), ("admin", "")])
def test_without_the_password_a_request_is_refused(
    loop: Loop, server: Server, method: str, path: str, given: tuple[str, str] | None
) -> None:
    answer = httpx.request(method, f"{loop.monitoring_url(server)}{path}", auth=given, content=b"x 1\n")
    assert answer.status_code == 401


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("origin", ["http://shop.example", "http://127.0.0.1:8080", "null"])
def test_a_page_of_another_origin_cannot_read_prometheus(loop: Loop, method: str, origin: str) -> None:
    url = f"{loop.monitoring_url(PROMETHEUS, with_password=True)}/api/v1/query?query=up"
    answer = httpx.request(method, url, headers={"origin": origin, "access-control-request-method": "GET"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/-/quit"),
        ("POST", "/-/reload"),
        ("POST", "/api/v1/admin/tsdb/delete_series?match[]=up"),
        ("POST", "/api/v1/write"),
        ("POST", "/api/v1/otlp/v1/metrics"),
    ],
)
def test_nobody_can_stop_change_or_write_to_prometheus(loop: Loop, method: str, path: str) -> None:
    before = loop.supervisor.state(PROMETHEUS.name).pid
    url = f"{loop.monitoring_url(PROMETHEUS, with_password=True)}{path}"
    status = httpx.request(method, url, headers=PAGE).status_code
    assert status >= 400
    assert status != 401, "it knows the password"
    assert loop.supervisor.state(PROMETHEUS.name).pid == before


def test_the_servers_listen_on_loopback_alone(loop: Loop) -> None:
    for server in INSTALLED:
        process = psutil.Process(loop.supervisor.state(server.name).pid)
        listening = {c.laddr for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
        assert listening == {("127.0.0.1", loop.ports.known()[server.name])}


def test_a_new_rule_is_evaluated_and_its_alert_reaches_alertmanager(loop: Loop) -> None:
    (loop.settings.alert_rules / "always.yml").write_text(ALWAYS)
    before = {server: loop.supervisor.state(server.name).pid for server in INSTALLED}

    make_up(loop)

    def alerted() -> None:
        url = loop.monitoring_url(ALERTMANAGER, with_password=True)
        assert [one["labels"]["alertname"] for one in httpx.get(f"{url}/api/v2/alerts").json()] == ["Always"]

    eventually(alerted)
    restarted = {server for server in INSTALLED if loop.supervisor.state(server.name).pid != before[server]}
    assert restarted == {PROMETHEUS}, "only what must read something new"


def test_a_server_that_cannot_start_is_named_and_the_others_run(loop: Loop) -> None:
    broken = loop.settings.alert_rules / "broken.yml"
    broken.write_text("groups: [nothing that is a rule]")

    (problem,) = make_up(loop)

    assert problem.startswith("prometheus exited while starting")
    assert problem.endswith("make logs SERVICE=prometheus")
    assert {server for server in INSTALLED if loop.supervisor.state(server.name).alive} == set(INSTALLED) - {PROMETHEUS}
    broken.unlink()
    assert make_up(loop) == []


def test_prometheus_has_its_history_after_make_down(loop: Loop) -> None:
    push(loop, 42)

    def scraped() -> None:
        assert pushed(loop) == [(JOB_MONITOR, "42")]

    eventually(scraped)
    pids = [loop.supervisor.state(server.name).pid for server in INSTALLED]
    stop.down(loop)
    assert not any(psutil.pid_exists(pid) for pid in pids)

    make_up(loop)

    assert queried(loop, f"{LABELS.name}[1h]") != []


def test_no_older_number_comes_back_with_the_pushgateway(loop: Loop) -> None:
    push(loop, 41)
    stop.down(loop)
    make_up(loop)
    push(loop, 42)
    psutil.Process(loop.supervisor.state(PUSHGATEWAY.name).pid).kill()

    make_up(loop)

    assert LABELS.name not in httpx.get(f"{loop.pushgateway_url}/metrics").raise_for_status().text


def test_a_server_that_is_not_wanted_any_more_is_stopped(loop: Loop) -> None:
    off = open_loop(loop.settings.model_copy(update={"monitoring": Monitoring.OFF}), loop.terminal)
    assert start.launch_monitoring(off, start.obtain_monitoring(off)) == []
    assert [state.name for state in loop.supervisor.states() if state.alive] == ["watchdog"]

    make_up(loop)

    assert loop.supervisor.state(NODE_EXPORTER.name).alive
