"""Execution environments push what they count to a real pushgateway, whose numbers are never above the truth."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambdas.shared.pushing import gateway, pushes
from lambdas.shared.pushing.counts import Counts
from lambdas.shared.pushing.group import Group
from lambdas.shared.pushing.pushes import INTERVAL_S, PushError
from sentiment.schemas.metrics import COLD_STARTS, REQUEST_SECONDS, REQUESTS
from tests.integration.certificate import certificate_of
from tests.integration.lambdas.functions import Function, cold_start
from tests.integration.pushgateway import pushed, pushgateway

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources

PROJECT = Path(__file__).parents[4]
WAIT_S = 30
ENOUGH_S = 30.0
"""Instead of 200 ms where a test is about something else: this machine may be busy."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pushgateway(tmp_path_factory.mktemp("pushgateway")) as address:
        yield f"http://{address}"


def wait_for_pushes() -> None:
    for thread in threading.enumerate():
        if thread.name == "push":
            thread.join(WAIT_S)


def of_function(url: str, function: str) -> dict[tuple[str, ...], float]:
    """Return the series of a function by name and labels, but for those that every group has."""
    return {
        (
            sample.name,
            *(value for label, value in sample.labels.items() if label not in {"function", "job", "instance"}),
        ): sample.value
        for sample in pushed(url)
        if sample.labels.get("function") == function
    }


@pytest.mark.parametrize(
    ("function", "route", "code"),
    [
        ("inference", "/predict", "200"),
        ("feedback", "/feedback", "410"),
        ("archive", "-", "200"),
        ("retrain", "-", "422"),
    ],
)
def test_each_function_pushes_its_requests(
    function: str,
    route: str,
    code: str,
    *,
    url: str,
    resources: Resources,
    publish: Publish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert resources.environment
    monkeypatch.setattr(gateway, "TIMEOUT_S", ENOUGH_S)
    for name, value in {
        "PUSHGATEWAY_URL": url,
        "MWAA_ENVIRONMENT": "loop",
        "MWAA_TRIGGER": "rest",
        "COOLDOWN_S": "0",
    }.items():
        monkeypatch.setenv(name, value)
    publish("1")
    monkeypatch.setattr(pushes, "INTERVAL_S", 0.0)
    started = cold_start(function)
    seen = []
    for _ in range(3):
        _call(function, started)
        wait_for_pushes()
        series = of_function(url, function)
        seen.append((series.get((REQUESTS.name, code, route)), series.get((f"{REQUEST_SECONDS.name}_count", route))))

    assert seen[:2] == [(None, None), (0, 0)], "none on a cold start, and zeros first"
    assert seen[2] in {(2, 2), (3, 3)}, "what was answered before, or until the push read it"


def _call(name: str, function: Function) -> None:
    if name == "inference":
        assert function.call("POST", "/predict", {"text": "great"}).status == 200
    elif name == "feedback":
        expired = {"prediction_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "verdict": "up"}
        assert function.call("POST", "/feedback", expired).status == 410
    else:
        function.handler({"Records": []}, None)


def test_a_gateway_with_tls_and_a_password_takes_the_push(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = certificate_of("127.0.0.1", tmp_path)
    config = {
        "tls_server_config": {"cert_file": str(certificate), "key_file": str(key)},
        "basic_auth_users": {"loop": BCRYPT_OF_PASSWORD},
    }
    (tmp_path / "web.yml").write_text(json.dumps(config))  # JSON is YAML
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(gateway, "TIMEOUT_S", ENOUGH_S)
    gateway._tls.cache_clear()
    counts = Counts()
    counts.add("/predict", "200", 0.1)
    with pushgateway(tmp_path, f"--web.config.file={tmp_path / 'web.yml'}") as address:
        url = f"https://loop:p%40ss%3Aword@{address}"
        Group(url, "inference").push(counts.so_far(), push_failures=0)
        assert of_function(url, "inference")[REQUESTS.name, "200", "/predict"] == 0
        with pytest.raises(PushError, match="answers 401"):
            Group(f"https://loop:wrong@{address}", "inference").push(counts.so_far(), push_failures=0)
    gateway._tls.cache_clear()


BCRYPT_OF_PASSWORD = "$2b$04$0W45hLDoq8yZMesFZigc/ekTlj63oPUnEMBzdmtvEiMO0gHEQsylS"
"""Of `p@ss:word`."""

PROGRAM = """
import json, sys, threading
from lambdas.shared.pushing import gateway, pushes
from lambdas.shared.pushing.counting import Counting

gateway.TIMEOUT_S = float(sys.argv[3])
now = 0.0
handler = Counting(
    lambda event, _: event["status"],
    function=sys.argv[2],
    pushgateway_url=sys.argv[1],
    status_of=lambda status: status,
    route_of=lambda _: "/predict",
    clock=lambda: now,
)
for line in sys.stdin:
    event = json.loads(line)
    now = event["at"]
    handler(event, None)
    for thread in threading.enumerate():
        if thread.name == "push":
            thread.join()
    print("answered", flush=True)
"""
"""An environment that tells the time by its calls, and ends each push before the next call."""


class Environment:
    """A process that answers calls until it is killed.

    Attributes:
        answered: When each call was made that it answered.
        cut_off: How many calls it was killed in, before their answer was read.
    """

    def __init__(self, url: str, name: str) -> None:
        self.name = name
        self.answered: list[float] = []
        self.cut_off = 0
        command = [sys.executable, "-c", PROGRAM, url, name, str(ENOUGH_S)]
        self._process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, at: float) -> None:
        self._ask(at)
        assert self._process.stdout
        assert self._process.stdout.readline() == "answered\n"
        self.answered.append(at)

    def kill(self, *, during_a_call_at: float | None = None) -> None:
        if during_a_call_at is not None:
            self._ask(during_a_call_at)
            self.cut_off = 1
        self._process.kill()
        self._process.communicate(timeout=WAIT_S)

    def _ask(self, at: float) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"at": at, "status": 200}) + "\n")
        self._process.stdin.flush()


def kept_of(answered: Sequence[float]) -> int:
    """Return how many answers the gateway has: those before the last push, and none if that is the first one.

    As docs/metrics.md says, the first push begins beside the second call, and each later one beside the first call that
    comes ten seconds after the last push began.
    """
    begun: list[float] = []
    for at in answered[1:]:
        if not begun or at - begun[-1] >= INTERVAL_S:
            begun.append(at)
    assert answered[-1] - begun[-1] < INTERVAL_S
    return bisect_left(answered, begun[-1]) if len(begun) > 1 else 0


def test_killed_environments_lose_what_followed_their_last_push(url: str) -> None:
    chance = random.Random(11)
    environments = [Environment(url, f"environment-{number}") for number in range(8)]
    for number, environment in enumerate(environments):
        at = 0.0
        for _ in range(chance.randrange(3, 60)):
            environment.call(at)
            at += chance.uniform(0, 4)
        environment.kill(during_a_call_at=at + INTERVAL_S if number < 3 else None)

    for environment in environments:
        series = of_function(url, environment.name)
        total, kept = series[REQUESTS.name, "200", "/predict"], kept_of(environment.answered)
        assert kept <= total <= len(environment.answered) + environment.cut_off
        if not environment.cut_off:
            assert total <= kept + 1, "the call beside which a push begins may be over before the counts are read"
        assert total == series[f"{REQUEST_SECONDS.name}_count", "/predict"]
        assert series[COLD_STARTS.name,] == (1 if total else 0)
