"""`kill -9` of any process under load: it comes back by itself, and acknowledged feedback is counted once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from contextlib import ExitStack
from http.client import HTTPException
from typing import TYPE_CHECKING

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from playwright.sync_api import expect
from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from local.loop import open_loop
from local.ports import holder
from local.settings import Settings
from local.terminal import Terminal
from ops.status import ask_all
from tests.browser import chromium
from tests.e2e.deployment import Deployment
from tests.e2e.loop import ROOT, eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.loop import Loop

    Role = tuple[str, ...]

HEALED_WITHIN_S = 60
"""With a processor free. Where others wait for the processors too, as in CI, it may take longer by their number."""
PAUSE_S = 0.2
"""Between two votes of a client: the processor is needed for what starts again."""
VARIABLE = re.compile(r"\w{8}(?=/_worker\.py)|\d+|[0-9a-f]{8,}")
"""What differs from process to process of one role: names of temporary folders, and numbers."""


class Clients:
    """Clients that ask for predictions and give feedback until the block ends.

    `acknowledged` has the prediction ids whose feedback was answered.
    """

    def __init__(self, loop: Loop, clients: int = 2) -> None:
        self.acknowledged: list[str] = []
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
        while not self._stop.wait(PAUSE_S):
            try:
                answer = self._loop.call("POST", "/predict", {"text": "A sturdy, well made chair."})
                if answer.status != 200:
                    continue
                prediction_id = answer.body["prediction_id"]
                if self._loop.feedback(prediction_id, "up").status == 201:
                    self.acknowledged.append(prediction_id)
            except (OSError, ValueError):  # the connection broke, perhaps in the middle of an answer
                continue


def test_a_verdict_on_a_page_is_counted_once_although_the_api_is_killed(deployment: Deployment) -> None:
    if not deployment.owns_emulator:
        pytest.skip("the emulator at ENDPOINT does not belong to this suite")
    loop = deployment.loop()
    before = loop.counters()["tp"]
    with chromium() as browser:
        page = browser.new_page(base_url=loop.outputs["frontend_url"])
        page.goto("")
        page.get_by_label("Review", exact=True).fill("A sturdy, well made chair.")
        page.get_by_role("button", name="Predict").click()
        right = page.get_by_role("button", name="Right")
        expect(right).to_be_visible(timeout=30_000)
        emulator = holder(int(deployment.endpoint.rpartition(":")[2]))
        assert emulator
        emulator.kill()

        right.click()
        expect(page.get_by_text("Your verdict was not counted. The API does not answer")).to_be_visible(timeout=40_000)

        def counted() -> None:
            right.click()
            expect(page.get_by_text("Counted once")).to_be_visible()

        eventually(counted, within_s=120)
    assert loop.counters()["tp"] == before + 1


@pytest.mark.timeout(1800)
def test_every_killed_process_comes_back_and_no_feedback_is_lost(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not deployment.owns_emulator:
        pytest.skip("the emulator at ENDPOINT does not belong to this suite")
    loop, known = deployment.loop(), {name.lower(): value for name, value in deployment.environment.items()}
    settings = Settings.model_validate({name: known[name] for name in Settings.model_fields if name in known})
    operated = open_loop(settings, Terminal(deployment.folder / "timings.json"))

    def heals() -> None:
        assert [(row.name, row.state) for row in ask_all(operated) if not row.ok] == []
        given = loop.feedback(loop.predict("A sturdy, well made chair.")["prediction_id"], "up")
        assert given.status == 201

    killed: set[Role] = set()
    with Clients(loop) as clients:
        while victims := _one_of_each_server(operated.supervisor.pid, killed):
            for role, victim in victims.items():
                victim.kill()
                killed.add(role)
            psutil.wait_procs(list(victims.values()), timeout=10)
            _within_the_time()(heals)

    # Whose worker was killed last, the scheduler ends a moment later: `heals` may have seen it before.
    assert "The emulator was killed." in _within_the_time()(deployment.local, "status")
    output = deployment.deploy()
    assert "Lost: no acknowledged write" in output
    assert "Reconciled: " in output
    _expect_counted_once(loop, clients.acknowledged)
    monkeypatch.setenv("FORCE", "1")
    assert "retrain__" in deployment.local("retrain")


def _within_the_time() -> Retrying:
    waiting_for_each_processor = os.getloadavg()[0] / (os.cpu_count() or 1)
    return Retrying(
        retry=retry_if_exception_type((AssertionError, OSError, HTTPException, psutil.Error)),
        stop=stop_after_delay(HEALED_WITHIN_S * max(1.0, waiting_for_each_processor)),
        wait=wait_fixed(0.2),
        reraise=True,
    )


def _one_of_each_server(daemon: int, killed: set[Role]) -> dict[Role, psutil.Process]:
    """Return processes with new roles, one of each server, its children first; when none is left, the supervisor."""
    left = {role: one for role, one in _processes_of(daemon) if role not in killed}
    of_servers = {role[:2]: role for role in left if len(role) > 1}  # the last one of a server is the deepest
    return {role: left[role] for role in of_servers.values() or left}


def _processes_of(daemon: int) -> list[tuple[Role, psutil.Process]]:
    """Every process of a supervisor, itself first, each with its role: the commands from the supervisor down to it."""
    top = psutil.Process(daemon)
    roles: dict[int, Role] = {top.ppid(): ()}
    found = []
    for process in [top, *top.children(recursive=True)]:
        try:
            role = (*roles[process.ppid()], VARIABLE.sub("#", " ".join(process.cmdline())))
        except (psutil.Error, KeyError):  # it has just ended, or its parent
            continue
        roles[process.pid] = role
        found.append((role, process))
    return found


def _expect_counted_once(loop: Loop, acknowledged: list[str]) -> None:
    kept = {item["prediction_id"]: item for item in loop.items("FeedbackTable")}
    lost = [prediction_id for prediction_id in acknowledged if prediction_id not in kept]
    assert not lost
    cells = [item["cell"] for item in kept.values()]
    assert loop.counters() == {cell: cells.count(cell) for cell in ("tp", "fp", "tn", "fn")}

    def all_archived() -> None:
        archived = {line["prediction_id"] for line in loop.lake_lines("raw/feedback/")}
        assert {key.partition("#")[0] for key in kept} <= archived  # a reviewer's label is an item of its own

    eventually(all_archived, within_s=60)


def test_a_deployment_whose_emulator_is_killed_is_repeated_by_the_next(tmp_path: Path) -> None:
    if "ENDPOINT" in os.environ:
        pytest.skip("the emulator at ENDPOINT does not belong to this suite")
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
        emulator = holder(int(deployment.endpoint.rpartition(":")[2]))
        assert emulator
        emulator.kill()
        output, _ = first.communicate(timeout=300)
        assert first.returncode == 1, output
        assert "→ " in output, "what to do, whether the emulator was back already or not"

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

    Retrying(retry=retry_if_result(lambda found: not found), stop=stop_after_delay(240), wait=wait_fixed(0.02))(
        standing
    )
