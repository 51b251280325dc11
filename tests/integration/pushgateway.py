"""A real pushgateway for one test, and what it holds."""

from __future__ import annotations

import signal
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import tenacity
from prometheus_client.parser import text_string_to_metric_families

from local.monitoring.servers import PUSHGATEWAY
from local.ports import free_port
from tests import needs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client.samples import Sample


@contextmanager
def pushgateway(
    folder: Path, *arguments: str, kept: str = "", port: int | None = None, end: signal.Signals = signal.SIGTERM
) -> Iterator[str]:
    """Yield the address of a server, `host:port`; skip the test if the pushgateway is not installed.

    Args:
        folder: For the server's log.
        arguments: Further options of the server.
        kept: File that what was pushed is kept in; empty for none.
        port: Where it listens; a free one if None.
        end: What ends it.
    """
    program = needs.program(PUSHGATEWAY)
    port = port or free_port()
    with (folder / "pushgateway.log").open("wb") as log:
        process = subprocess.Popen(
            # Debian's keeps what was pushed below /var unless it is told otherwise.
            [program, f"--web.listen-address=127.0.0.1:{port}", f"--persistence.file={kept}", *arguments],
            stdout=log,
            stderr=log,
        )
    try:
        _wait_until_it_listens(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.send_signal(end)
        process.wait(timeout=10)


def pushed(url: str) -> list[Sample]:
    """Return every sample that a pushgateway holds."""
    families = text_string_to_metric_families(httpx.get(f"{url}/metrics").raise_for_status().text)
    return [sample for family in families for sample in family.samples]


@tenacity.retry(
    wait=tenacity.wait_fixed(0.05),
    stop=tenacity.stop_after_delay(20),
    retry=tenacity.retry_if_exception_type(OSError),
    reraise=True,
)
def _wait_until_it_listens(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=1).close()
