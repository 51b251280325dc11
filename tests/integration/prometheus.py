"""A real Prometheus for one test, and what it finds."""

from __future__ import annotations

import json
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import httpx

from local.monitoring import password
from local.monitoring.servers import PROMETHEUS
from local.ports import free_port
from tests import needs
from tests.integration.servers import wait_until_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Found(NamedTuple):
    """One series: when its newest sample was taken, or was asked for, and its value."""

    at: float
    value: float


class Prometheus(NamedTuple):
    """A server."""

    url: str

    def ask(self, expression: str, at: float | None = None) -> list[Found]:
        """Return what an expression finds, now or at another time."""
        parameters = {"query": expression} | ({} if at is None else {"time": f"{at:.3f}"})
        answer = httpx.get(f"{self.url}/api/v1/query", params=parameters).raise_for_status()
        return [
            Found(float(at), float(value)) for at, value in (one["value"] for one in answer.json()["data"]["result"])
        ]


@contextmanager
def prometheus(
    folder: Path, scraped: str, end: signal.Signals = signal.SIGTERM, *, login: str = ""
) -> Iterator[Prometheus]:
    """Yield a server that asks a pushgateway every 200 ms; skip the test if Prometheus is not installed.

    Args:
        folder: Has its configuration, log and data; those of a server before it are read.
        scraped: The pushgateway's address, `host:port`.
        end: What ends it.
        login: User and password, `user:password`, that it asks for by the folder's web file; empty for none.
    """
    program = needs.program(PROMETHEUS)
    job = {"job_name": "pushgateway", "honor_labels": True, "static_configs": [{"targets": [scraped]}]}
    configuration = {"global": {"scrape_interval": "200ms"}, "scrape_configs": [job]}
    (folder / "prometheus.yml").write_text(json.dumps(configuration))  # JSON is YAML
    address = f"127.0.0.1:{free_port()}"
    with (folder / "prometheus.log").open("ab") as log:
        process = subprocess.Popen(
            [
                program,
                f"--web.listen-address={address}",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                *([f"--web.config.file={folder / password.WEB_FILE}"] if login else []),
            ],
            stdout=log,
            stderr=log,
        )
    url = f"http://{login}@{address}" if login else f"http://{address}"
    try:
        wait_until_up(f"{url}/-/ready", process, folder / "prometheus.log", within_s=30)
        yield Prometheus(url)
    finally:
        process.send_signal(end)
        process.wait(timeout=20)
