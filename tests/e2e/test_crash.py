"""`kill -9` of any process under load: acknowledged feedback is still there and counted once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from tests.e2e.deployment import Deployment
from tests.e2e.loop import ROOT, eventually

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.loop import Loop

ACKNOWLEDGED_BEFORE_THE_KILL = 30


def _emulator(process: psutil.Process, folder: Path) -> bool:
    return "local.emulator" in process.cmdline() and str(folder) in process.environ().get("EMULATOR_STATE", "")


def _worker_of_a_function(process: psutil.Process, folder: Path) -> bool:
    command = " ".join(process.cmdline())
    return "ministack-lambda-" in command and str(folder) in command


def _tracking_server(process: psutil.Process, folder: Path) -> bool:
    command = " ".join(process.cmdline())
    return "mlflow" in command and str(folder) in command


def _supervisor(process: psutil.Process, folder: Path) -> bool:
    command = " ".join(process.cmdline())
    return "supervisord" in command and str(folder) in command


class Clients:
    """Clients that ask for predictions and give feedback until the block ends.

    `acknowledged` has the prediction ids whose feedback was answered.
    """

    def __init__(self, loop: Loop, clients: int = 4) -> None:
        self.acknowledged: list[str] = []
        self.enough = threading.Event()
        self._loop = loop
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._predict_and_rate) for _ in range(clients)]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _predict_and_rate(self) -> None:
        while not self._stop.is_set():
            try:
                answer = self._loop.call("POST", "/predict", {"text": "A sturdy, well made chair."})
                if answer.status != 200:
                    continue
                prediction_id = answer.body["prediction_id"]
                if self._loop.feedback(prediction_id, "up").status == 201:
                    self.acknowledged.append(prediction_id)
            except (OSError, ValueError):  # the connection broke, perhaps in the middle of an answer
                self._stop.wait(0.05)
            if len(self.acknowledged) >= ACKNOWLEDGED_BEFORE_THE_KILL:
                self.enough.set()


@pytest.mark.parametrize("which", [_emulator, _worker_of_a_function, _tracking_server, _supervisor])
def test_no_acknowledged_feedback_is_lost_or_counted_twice(
    deployment: Deployment, which: Callable[[psutil.Process, Path], bool]
) -> None:
    if not deployment.owns_emulator:
        pytest.skip("the emulator at ENDPOINT does not belong to this suite")
    loop = deployment.loop()
    with Clients(loop) as clients:
        assert clients.enough.wait(timeout=120)
        victims = _processes(lambda process: which(process, deployment.folder))
        assert victims, "there is no such process to kill"
        for victim in victims:
            victim.kill()
    output = deployment.deploy()
    if which is _emulator:
        assert "Lost: no acknowledged write" in output
        assert "Reconciled: " in output

    after = deployment.loop()
    table = after.dynamodb.Table(after.outputs["FeedbackTable"])
    kept = {item["prediction_id"]: item for item in table.scan(ConsistentRead=True)["Items"]}
    lost = [prediction_id for prediction_id in clients.acknowledged if prediction_id not in kept]
    assert not lost
    cells = [item["cell"] for item in kept.values()]
    assert after.counters() == {cell: cells.count(cell) for cell in ("tp", "fp", "tn", "fn")}

    def all_archived() -> None:
        archived = {line["prediction_id"] for line in after.lake_lines("raw/feedback/")}
        assert set(kept) <= archived

    eventually(all_archived, within_s=60)


def test_a_deployment_whose_emulator_is_killed_is_repeated_by_the_next(tmp_path: Path) -> None:
    deployment = Deployment.on_own_emulator(tmp_path / "loop")
    with ExitStack() as ends:
        ends.callback(deployment.stop)
        first = subprocess.Popen(
            [sys.executable, "-m", "ops", "up"],
            cwd=ROOT, env={**os.environ, **deployment.environment}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        ends.callback(first.wait)
        ends.callback(first.terminate)
        _until_one_stack_of_two_stands(deployment)
        for victim in _processes(lambda process: _emulator(process, deployment.folder)):
            victim.kill()
        output, _ = first.communicate(timeout=120)
        assert first.returncode == 1, output
        assert "✗ Deploy the stacks" in output

        deployment.deploy()

        assert deployment.loop().predict("A sturdy, well made chair.")["label"] == "positive"
        deployment.destroy()


def _until_one_stack_of_two_stands(deployment: Deployment) -> None:
    """A stack in progress cannot be seen from outside: the emulator does not answer while it creates resources."""

    def standing() -> set[str]:
        try:
            return deployment.stacks()
        except (BotoCoreError, ClientError):  # the emulator is not up yet
            return set()

    Retrying(retry=retry_if_result(lambda found: not found), stop=stop_after_delay(60), wait=wait_fixed(0.02))(standing)


def _processes(wanted: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if wanted(process):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
