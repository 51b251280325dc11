"""A real Alertmanager, with its real configuration, starts a retraining run through the alerts function."""

from __future__ import annotations

import base64
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import tenacity

from local.monitoring.servers import ALERTMANAGER
from local.ports import free_port
from monitoring.prometheus.alertmanager import RetrainingRoute, configuration
from monitoring.prometheus.settings import Settings
from monitoring.prometheus.windows import SHORTENED
from sentiment.keys import alerts_token
from tests import needs
from tests.integration.resources import SECRET
from tests.integration.servers import wait_until_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.integration.lambdas.functions import Function
    from tests.unit.lambdas.retrain.fake_mwaa import FakeMwaa

QUALITY_FELL = {"alertname": "QualityFell", "severity": "page", "needs": "monitor", "retrain": "yes"}
DRIFT = {"alertname": "Drift", "severity": "ticket", "needs": "monitor", "retrain": "yes"}


class Gateway(ThreadingHTTPServer):
    """Passes requests to a function, as API Gateway does, and keeps their statuses."""

    def __init__(self, handler: Callable[[dict[str, Any], object], dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.handler = handler
        self.statuses: list[tuple[str, int]] = []


class _Request(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        event = {
            "httpMethod": "POST",
            "path": self.path,
            "headers": dict(self.headers),
            "requestContext": {"requestId": "id-of-the-gateway"},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        answer = self.server.handler(event, None)
        self.send_response(answer["statusCode"])
        self.end_headers()
        self.wfile.write(answer["body"].encode())
        self.server.statuses.append((self.path, answer["statusCode"]))

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def gateway(alerts: Function) -> Iterator[Gateway]:
    with Gateway(alerts.handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
    thread.join()


@contextmanager
def alertmanager(folder: Path, gateway: Gateway, token: str) -> Iterator[str]:
    """Run an Alertmanager that has the real configuration with short waits; its URL."""
    program = needs.program(ALERTMANAGER)
    (folder / "token").write_text(token)
    route = RetrainingRoute(f"http://127.0.0.1:{gateway.server_port}/v1", folder / "token")
    (folder / "alertmanager.yml").write_text(configuration(route, Settings(), SHORTENED))
    port = free_port()
    command = [
        program,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until_up(f"http://127.0.0.1:{port}/-/ready", process, folder / "log", within_s=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def fire(url: str, *alerts: dict[str, str]) -> None:
    """Tell Alertmanager, as Prometheus does, that these alerts fire."""
    annotations = {"summary": "It fell", "runbook_url": "docs/runbook.md#qualityfell"}
    content = [{"labels": labels, "annotations": annotations} for labels in alerts]
    httpx.post(f"{url}/api/v2/alerts", json=content).raise_for_status()


def wait_for(gateway: Gateway, status: int) -> None:
    """Return when a request was answered with this status."""
    waiting = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda found: not found),
        stop=tenacity.stop_after_delay(30),
        wait=tenacity.wait_fixed(0.1),
    )
    waiting(lambda: status in [one for _, one in gateway.statuses])


def test_firing_alerts_start_one_run(gateway: Gateway, mwaa: FakeMwaa, tmp_path: Path) -> None:
    with alertmanager(tmp_path, gateway, alerts_token(SECRET.encode())) as url:
        fire(url, QUALITY_FELL, DRIFT, {"alertname": "ErrorRatio", "severity": "page", "needs": "functions"})
        wait_for(gateway, 200)

    assert gateway.statuses == [("/v1/alerts", 200)]
    assert list(mwaa.notes.values()) == ["Requested by alert Drift, QualityFell"]


def test_another_loops_alertmanager_starts_nothing(gateway: Gateway, mwaa: FakeMwaa, tmp_path: Path) -> None:
    with alertmanager(tmp_path, gateway, alerts_token(b"the secret of another loop")) as url:
        fire(url, QUALITY_FELL)
        wait_for(gateway, 403)

    assert 200 not in dict(gateway.statuses).values()
    assert not mwaa.calls


def test_alertmanager_calls_again_until_airflow_answers(gateway: Gateway, mwaa: FakeMwaa, tmp_path: Path) -> None:
    mwaa.paused = True
    with alertmanager(tmp_path, gateway, alerts_token(SECRET.encode())) as url:
        fire(url, QUALITY_FELL)
        wait_for(gateway, 503)
        mwaa.paused = False
        wait_for(gateway, 200)

    assert len(mwaa.runs) == 1
