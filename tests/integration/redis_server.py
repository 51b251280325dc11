"""A real Redis server for one test."""

from __future__ import annotations

import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import tenacity

from tests import needs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def redis_server(folder: Path, *arguments: str) -> Iterator[str]:
    """Yield the address of a server, `host:port`; skip the test if Redis is not installed.

    Args:
        folder: The server's folder.
        arguments: Further options of the server.
    """
    program = needs.redis_server()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", folder, *arguments],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_answers(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@tenacity.retry(
    wait=tenacity.wait_fixed(0.05),
    stop=tenacity.stop_after_delay(20),
    retry=tenacity.retry_if_exception_type(OSError),
    reraise=True,
)
def _wait_until_it_answers(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(b"PING\r\n")
        if not connection.recv(64):
            raise ConnectionResetError("Redis closed the connection")
