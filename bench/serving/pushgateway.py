"""A pushgateway for a measurement."""

from __future__ import annotations

import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from local.monitoring.finding import find
from local.monitoring.servers import PUSHGATEWAY
from local.ports import free_port
from local.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def live_pushgateway() -> Iterator[str]:
    """Yield the URL of a pushgateway.

    Raises:
        RuntimeError: None is installed.
    """
    program = find(Settings().programs_dir).get(PUSHGATEWAY.name)
    if program is None:
        raise RuntimeError(f"the pushgateway is not installed: sudo apt-get install -y {PUSHGATEWAY.package}")
    port = free_port()
    address = f"127.0.0.1:{port}"
    # Debian's keeps what was pushed below /var unless it is told otherwise.
    command = [str(program), f"--web.listen-address={address}", "--persistence.file="]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for attempt in Retrying(
            retry=retry_if_exception_type(OSError), wait=wait_fixed(0.05), stop=stop_after_delay(20), reraise=True
        ):
            with attempt:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=20)
