"""A function's log is complete with its answer, without any wait."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.integration.local.emulator.functions import create_function

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

    from local.loop import Loop

TALKER = """
import os, sys

def handler(event, context):
    if event.get("bytes"):
        print("x" * event["bytes"])
    if event.get("die"):
        os._exit(1)
    if event.get("raise"):
        raise ValueError("on purpose")
    for number in range(event.get("lines", 0)):
        print(f"line {number} of {event['call']}", file=sys.stderr)
"""
WAITING_S = 0.05
"""How long ministack waits for a function that writes nothing."""


@pytest.fixture
def talker(emptied: Loop) -> LambdaClient:
    return create_function(emptied, "talker", {"index.py": TALKER})


def test_each_call_returns_exactly_its_own_log_lines(talker: LambdaClient) -> None:
    for call in range(30):
        log = _call(talker, call=call, lines=call % 3)
        assert [line for line in log.splitlines() if line.startswith("line")] == [
            f"line {number} of {call}" for number in range(call % 3)
        ]


def test_a_function_that_logs_nothing_is_answered_at_once(talker: LambdaClient) -> None:
    _call(talker)
    took = []
    for _ in range(10):
        started = time.perf_counter()
        _call(talker)
        took.append(time.perf_counter() - started)
    assert min(took) < WAITING_S


def test_a_function_may_log_more_than_a_pipe_holds(talker: LambdaClient) -> None:
    assert "xxx" in _call(talker, bytes=500_000)


@pytest.mark.parametrize("end", ["die", "raise"])
def test_after_a_failed_call_the_next_one_is_answered(talker: LambdaClient, end: str) -> None:
    log = _call(talker, bytes=3, **{end: True})
    assert "xxx" in log
    assert "line 0 of 7" in _call(talker, call=7, lines=1)


def _call(client: LambdaClient, **event: object) -> str:
    """Return the end of the log as Lambda returns it."""
    answer = client.invoke(FunctionName="talker", Payload=json.dumps(event), LogType="Tail")
    return base64.b64decode(answer.get("LogResult", "")).decode()
