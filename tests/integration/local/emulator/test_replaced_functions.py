"""A function is replaced while it is called."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import tenacity

from tests.integration.local.emulator.functions import create_function

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mypy_boto3_lambda import LambdaClient

    from local.loop import Loop

SLOW = """
import os, pathlib, time
def handler(event, context):
    folder = pathlib.Path(os.environ["FOLDER"])
    if event.get("wait"):
        (folder / "called").write_text(str(os.getpid()))
        while not (folder / "may_end").exists():
            time.sleep(0.02)
    return os.environ["VERSION"]
"""


def test_a_running_call_ends_in_the_old_function_the_next_in_the_new(emptied: Loop, tmp_path: Path) -> None:
    environment = {"FOLDER": str(tmp_path), "VERSION": "old"}
    client = create_function(emptied, "replaced", {"index.py": SLOW}, environment)
    with ThreadPoolExecutor(1) as caller:
        old = caller.submit(call, client, wait=True)
        process = psutil.Process(eventually(lambda: int((tmp_path / "called").read_text())))

        client.update_function_configuration(
            FunctionName="replaced", Environment={"Variables": environment | {"VERSION": "new"}}
        )
        assert call(client) == "new"

        (tmp_path / "may_end").touch()
        assert old.result() == "old"
    assert call(client) == "new"
    process.wait(timeout=20)  # raises TimeoutExpired


def call(client: LambdaClient, *, wait: bool = False) -> str:
    answer = client.invoke(FunctionName="replaced", Payload=json.dumps({"wait": wait}))
    assert answer.get("FunctionError") is None
    return str(json.loads(answer["Payload"].read()))


def eventually(read: Callable[[], int]) -> int:
    """Return what `read` returns once it raises nothing."""
    return tenacity.Retrying(wait=tenacity.wait_fixed(0.05), stop=tenacity.stop_after_delay(20), reraise=True)(read)
