"""A real pushgateway for one test."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
from prometheus_client.parser import text_string_to_metric_families

from local.ports import free_port
from tests import needs
from tests.integration.servers import wait_until_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Labels = frozenset[tuple[str, str]]


@contextmanager
def pushgateway_server(folder: Path) -> Iterator[str]:
    """Yield the URL of a pushgateway; skip the test if none is installed."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / "pushgateway.log").open("wb") as log:
        command = [needs.pushgateway(), f"--web.listen-address=127.0.0.1:{port}"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until_up(f"{url}/-/ready", process, folder / "pushgateway.log", within_s=20)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def pushed(url: str, name: str) -> dict[Labels, float]:
    """Return what a pushgateway has of a metric, by labels."""
    families = text_string_to_metric_families(httpx.get(f"{url}/metrics").text)
    return {
        frozenset(sample.labels.items()): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }
