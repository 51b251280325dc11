"""Waiting for a server that a fixture started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
import tenacity

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


def wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path, *, within_s: float) -> None:
    """Return when a web address answers; fail the test, with the end of the log, if the process ends first."""
    for attempt in tenacity.Retrying(
        wait=tenacity.wait_fixed(0.1),
        stop=tenacity.stop_after_delay(within_s),
        retry=tenacity.retry_if_exception_type(httpx.HTTPError),
        reraise=True,
    ):
        with attempt:
            if process.poll() is not None:
                pytest.fail(f"{log.parent.name} ended: {log.read_text(errors='replace')[-2000:]}")
            httpx.get(address).raise_for_status()
