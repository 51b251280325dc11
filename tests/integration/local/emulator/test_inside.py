"""Parts of the emulator, run in its own environment."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = str(ROOT / ".emulator" / "bin" / "python")

A_SNAPSHOT_DURING_A_REQUEST = """
import asyncio, pathlib, sys
from local.emulator import serve

emulator = serve.Emulator(pathlib.Path(sys.argv[1]), {"run_id": "id"})

async def request_with_a_snapshot_in_between(scope, receive, send):
    emulator._dirty = False

async def nothing(*arguments):
    return {}

serve.ministack.app = request_with_a_snapshot_in_between
scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"x-amz-target", b"DynamoDB.CreateTable")]}
asyncio.run(emulator(scope, nothing, nothing))
print("to save:", emulator._dirty)
"""

FIVE_WRITES_AND_A_SLOW_DISK = """
import asyncio, pathlib, sys, threading
from local.emulator.journal import Journal

journal = Journal(pathlib.Path(sys.argv[1]), 1)
disk, flushes = threading.Event(), []

def sync():
    disk.wait()
    flushes.append(journal._appended)

async def write():
    journal._appended += 1
    await journal.flush()
    return len(flushes)

async def main():
    journal._file.sync = sync
    writes = [asyncio.ensure_future(write()) for _ in range(5)]
    answered, _ = await asyncio.wait(writes, timeout=0.2)
    print("answered before the disk has them:", len(answered))
    disk.set()
    print("flushes:", max(await asyncio.gather(*writes)))
    print("and for one more:", await write())

asyncio.run(main())
"""

A_SNAPSHOT_THAT_FAILS = """
import asyncio, json, pathlib, sys
from local.emulator import serve

emulator = serve.Emulator(pathlib.Path(sys.argv[1]), {"run_id": "id"})
error = {"OSError": OSError, "RuntimeError": RuntimeError, "TypeError": TypeError, "KeyError": KeyError}[sys.argv[2]]
answers = []

async def send(message):
    answers.append(message)

async def failing():
    raise error("not now")

async def main():
    try_again, emulator._snapshots._copy = emulator._snapshots._copy, failing
    try:
        await emulator._snapshots.take(emulator._journal)
    except error:
        await emulator({"type": "http", "method": "GET", "path": serve.IDENTITY_PATH}, None, send)
    emulator._snapshots._copy = try_again
    await emulator._snapshots.take(emulator._journal)
    await emulator({"type": "http", "method": "GET", "path": serve.IDENTITY_PATH}, None, send)

asyncio.run(main())
for answer in answers[1::2]:
    print(json.loads(answer["body"])["snapshot_error"])
"""

ONE_MAPPING_THAT_RAISES = """
from local.emulator import table_streams
from ministack.core import responses

SOURCE = "arn:aws:dynamodb:us-east-1:000000000000:table/votes/stream/1"
mappings = [{"UUID": name, "FunctionName": name, "EventSourceArn": SOURCE} for name in ("broken", "sound")]
streams, delivered = table_streams.TableStreams(), []

def deliver(account, region, mapping):
    if mapping["FunctionName"] == "broken":
        raise KeyError("no such thing")
    delivered.append(mapping["FunctionName"])
    return True

streams._deliver_in = deliver
table_streams.lambda_svc._iter_all_esms = lambda: [("000000000000", "us-east-1", one) for one in mappings]
print(streams.deliver(), delivered, mappings[0]["LastProcessingResult"])
"""

PREPARE_ONLY = """
from local.emulator import __main__ as program

program._serve = lambda *arguments: None
program.main()
"""


def test_a_change_during_a_snapshot_is_saved_by_the_next_one(tmp_path: Path) -> None:
    done = inside(tmp_path, A_SNAPSHOT_DURING_A_REQUEST, str(tmp_path))
    assert done.stdout.splitlines()[-1] == "to save: True"


def test_writes_are_answered_after_one_flush_for_all_that_wait(tmp_path: Path) -> None:
    done = inside(tmp_path, FIVE_WRITES_AND_A_SLOW_DISK, str(tmp_path))
    assert done.stdout.splitlines()[-3:] == [
        "answered before the disk has them: 0",
        "flushes: 1",
        "and for one more: 2",
    ]


@pytest.mark.parametrize("error", ["OSError", "RuntimeError", "TypeError", "KeyError"])
def test_a_failed_snapshot_is_reported_until_one_succeeds(tmp_path: Path, error: str) -> None:
    done = inside(tmp_path, A_SNAPSHOT_THAT_FAILS, str(tmp_path), error)
    failed, succeeded = done.stdout.splitlines()[-2:]
    assert failed.startswith(f"{error}: ")
    assert "not now" in failed
    assert succeeded == "None"


def test_an_error_in_one_mapping_does_not_stop_the_others(tmp_path: Path) -> None:
    done = inside(tmp_path, ONE_MAPPING_THAT_RAISES)
    assert done.stdout.splitlines()[-1] == "True ['sound'] PROBLEM: KeyError: 'no such thing'"
    assert "broken gets no records of" in done.stderr
    assert "Traceback" in done.stderr


def test_the_temporary_folder_of_the_environment_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    state = tmp_path / "state"
    subprocess.run(
        [PYTHON, "-c", PREPARE_ONLY],
        cwd=ROOT,
        env=os.environ
        | {
            "TMPDIR": str(precious),
            "EMULATOR_STATE": str(state),
            "RUN_ID": "id",
            "LOOP_NAME": "L",
            "GATEWAY_PORT": "1",
        },
        capture_output=True,
        check=True,
    )
    assert (precious / "file").exists()
    assert (state / "scratch").is_dir()


def inside(state: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the emulator's environment, with ministack's state in this folder."""
    return subprocess.run(
        [PYTHON, "-c", program, *arguments],
        cwd=ROOT,
        env=os.environ | {"STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        check=True,
    )
