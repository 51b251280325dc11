"""`make retrain`: each answer of the retrain function, and following a run however it ends."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from local import terminal
from local.errors import LocalError
from local.interruption import INTERRUPTED
from ops import airflow_client, aws, cli, prediction
from ops import retrain as command
from ops.airflow_client import Run, Task
from training.retraining.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Retrain = Callable[[], tuple[int, str]]

RUN_ID = "retrain__0123456789abcdef"
PAGE = f"http://airflow/dags/fast_retrain_dag/runs/{RUN_ID}"
STARTED = {"run_id": RUN_ID, "state": "started", "message": f"Run {RUN_ID} was started."}
DONE = Run("success", tuple(Task(step.name, "success", 1.5, 1) for step in STEPS))
QUIET = EndpointConnectionError(endpoint_url="http://mwaa")
WAITING = Run("queued", (Task("ingest", None, None, 0),))


class FakeClock:
    """The time of a test; it passes only in `sleep`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        assert self.now < 20_000, "followed for hours"


class FakeLoop:
    """What `make retrain` asks: the retrain function, Airflow, the artifacts bucket and the API, each with a script."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.answer: object = STARTED
        self.function_error: str | None = None
        self.events: list[dict[str, Any]] = []
        self.airflow: list[Run | BaseException] = [DONE]
        """What each look at the run finds; the last one repeats."""
        self.look: Callable[[], None] = lambda: None
        self.kept: dict[str, dict[str, Any]] = {}
        self.served = ["7", "8"]
        """Which versions answer, one after the other; the last one repeats."""
        self.promotes("8")

    def promotes(self, version: str) -> None:
        self.kept = {step.name: {} for step in STEPS}
        self.kept["decide"] = {"outcome": "improves", "summary": "Macro-F1 rises by 0.021."}
        self.kept["promote"] = {"outcome": "promoted", "reason": "", "version": version}

    def rejects(self) -> None:
        self.kept["decide"] = {"outcome": "rejected", "summary": "Macro-F1 falls by 0.03."}
        self.kept["promote"] = {"outcome": "rejected", "reason": "", "version": "7"}

    def invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 (boto3's own names)
        assert FunctionName == "the-retrain-function"
        self.events.append(json.loads(Payload))
        failed = {"FunctionError": self.function_error} if self.function_error else {}
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode()), **failed}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 (boto3's own names)
        found = re.fullmatch(rf"retraining/{RUN_ID}/(\w+)\.json", Key)
        assert found
        assert Bucket == "artifacts"
        if found[1] not in self.kept:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "no"}}, "GetObject")
        return {"Body": io.BytesIO(json.dumps({"state": "done", "result": self.kept[found[1]]}).encode())}

    def run(self, run_id: str) -> Run:
        assert run_id == RUN_ID
        self.look()
        found = self.airflow.pop(0) if len(self.airflow) > 1 else self.airflow[0]
        if isinstance(found, BaseException):
            raise found
        return found

    def model(self, _found: dict[str, str], path: str) -> dict[str, str]:
        assert path == "/model"
        version = self.served.pop(0) if len(self.served) > 1 else self.served[0]
        return {"model_version": version}


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeLoop:
    clock = FakeClock()
    for module in (command, terminal):
        monkeypatch.setattr(module, "time", clock)
    fake = FakeLoop(clock)
    monkeypatch.setattr(aws, "client", lambda _loop, _service: fake)
    monkeypatch.setattr(airflow_client, "connect", lambda _loop, environment: {"SentimentLoop": fake}[environment])
    monkeypatch.setattr(prediction, "call", fake.model)
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    found = {"RetrainFunction": "the-retrain-function", "MwaaEnvironment": "SentimentLoop"}
    found |= {"ArtifactsBucket": "artifacts", "airflow_url": "http://airflow", "api_url": "http://api", "api_key": "k"}
    (tmp_path / "outputs.json").write_text(json.dumps(found))
    return fake


@pytest.fixture
def retrain(capsys: pytest.CaptureFixture[str]) -> Retrain:
    """Run the command; return its exit code and its output."""

    def run() -> tuple[int, str]:
        try:
            cli.cli(["retrain"], standalone_mode=False)
        except SystemExit as ended:
            return cast("int", ended.code), capsys.readouterr().out
        return 0, capsys.readouterr().out

    return run


def running(*tasks: Task) -> Run:
    return Run("running", tasks)


def test_a_run_that_is_started_is_followed_until_its_version_answers(fake: FakeLoop, retrain: Retrain) -> None:
    fake.airflow = [WAITING, running(Task("ingest", "running", None, 1)), DONE]

    code, printed = retrain()

    assert code == 0
    assert fake.events == [{"force": False, "requested_by": "make retrain"}]
    assert f"• Run {RUN_ID} was started." in printed
    assert "• Improves: Macro-F1 rises by 0.021. Version 8 is promoted." in printed
    assert printed.rstrip().endswith("model version 8 answers")


def test_force_is_passed_on(fake: FakeLoop, retrain: Retrain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE", "1")
    assert retrain()[0] == 0
    assert fake.events[0]["force"] is True


def test_a_running_run_is_followed_instead_of_starting_a_second(fake: FakeLoop, retrain: Retrain) -> None:
    message = f"Run {RUN_ID} is active: one runs at a time."
    fake.answer = {"run_id": RUN_ID, "state": "running", "message": message}

    code, printed = retrain()

    assert code == 0
    assert f"• {message}" in printed
    assert "Version 8 is promoted." in printed
    assert "model version 8 answers" in printed


def test_within_the_cooldown_the_last_run_is_shown_and_how_to_start_one(fake: FakeLoop, retrain: Retrain) -> None:
    message = f"Run {RUN_ID} started 40 s ago: the next may start in 260 s, or with force."
    fake.answer = {"run_id": RUN_ID, "state": "cooling_down", "seconds_left": 260, "message": message}
    fake.served = ["9"]  # another version since: not a failure of this command

    code, printed = retrain()

    assert code == 0
    assert f"• {message}" in printed
    assert "• To start one now: FORCE=1 make retrain. The last run:" in printed
    assert "Version 8 is promoted." in printed
    assert "Wait for the API" not in printed


def test_within_the_cooldown_a_failed_last_run_is_shown_too(fake: FakeLoop, retrain: Retrain) -> None:
    fake.answer = {"run_id": RUN_ID, "state": "cooling_down", "seconds_left": 260, "message": "It began 40 s ago."}
    fake.kept, fake.airflow = {}, [Run("failed", (Task("ingest", "failed", 2.0, 4),))]

    code, printed = retrain()

    assert code == 1
    assert "✗ The run failed in ingest." in printed
    assert printed.endswith("then FORCE=1 make retrain\n")


def test_a_rejected_candidate_is_not_waited_for(fake: FakeLoop, retrain: Retrain) -> None:
    fake.rejects()
    code, printed = retrain()
    assert code == 0
    assert printed.rstrip().endswith("• Rejected: Macro-F1 falls by 0.03. Version 7 stays.")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("airflow_unreachable", "make status shows what is down; make up starts it; then make retrain"),
        ("dag_missing", "make status, then make retrain once Airflow has loaded the DAG"),
        ("dag_paused", "Unpause fast_retrain_dag in Airflow, then make retrain"),
        ("airflow_failed", "make status, then make retrain"),
    ],
)
def test_an_error_of_the_function_says_what_to_do(fake: FakeLoop, retrain: Retrain, code: str, remedy: str) -> None:
    fake.answer = {"error": {"code": code, "message": "Nothing was started: [1]."}}

    exit_code, printed = retrain()

    assert exit_code == 1
    assert printed == f"\n✗ Nothing was started: [1].\n→ {remedy}\n"


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (
            {"errorMessage": "Task timed out after 60.00 seconds", "errorType": "Timeout"},
            "Task timed out after 60.00 s",
        ),
        ({"errorType": "Runtime.ExitError"}, "Runtime.ExitError"),
        ("killed", "killed"),
    ],
)
def test_a_function_that_fails_is_reported_in_its_words(
    fake: FakeLoop, retrain: Retrain, payload: object, message: str
) -> None:
    fake.answer, fake.function_error = payload, "Unhandled"

    exit_code, printed = retrain()

    assert exit_code == 1
    assert "✗ The retrain function failed: " in printed
    assert message in printed
    assert printed.endswith("→ make logs, then make retrain\n")


def test_a_failed_run_names_its_task_its_log_and_what_is_served(fake: FakeLoop, retrain: Retrain) -> None:
    del fake.kept["train"]
    tasks = (
        Task("ingest", "success", 2.0, 1),
        Task("train", "failed", 9.0, 4),
        Task("decide", "upstream_failed", None, 0),
    )
    fake.airflow = [Run("failed", tasks)]

    code, printed = retrain()

    assert code == 1
    assert "✗ Retrain " in printed, "a failed run is not marked as done"
    assert "✓ Retrain " not in printed
    assert (
        f"✗ The run failed in train. Run {RUN_ID} has no outcome of train: production is unchanged.\n"
        f"→ {PAGE} has its log; fix the cause, then FORCE=1 make retrain\n"
    ) in printed


def test_a_run_that_fails_after_its_promotion_says_both(fake: FakeLoop, retrain: Retrain) -> None:
    fake.airflow = [Run("failed", (Task("materialise", "failed", 9.0, 4), Task("report", "failed", 1.0, 4)))]
    code, printed = retrain()
    assert code == 1
    assert "✗ The run failed in materialise, report. Improves:" in printed
    assert "Version 8 is promoted." in printed


def test_a_run_marked_as_failed_by_hand_names_no_task(fake: FakeLoop, retrain: Retrain, tmp_path: Path) -> None:
    found = json.loads((tmp_path / "outputs.json").read_text())
    del found["airflow_url"]  # as on AWS
    (tmp_path / "outputs.json").write_text(json.dumps(found))
    fake.kept, fake.airflow = {}, [Run("failed", ())]

    code, printed = retrain()

    assert code == 1
    assert "The run failed in no task." in printed
    assert f"→ Airflow's page of {RUN_ID} has its log" in printed


def test_following_ends_when_airflow_is_silent_for_a_minute(fake: FakeLoop, retrain: Retrain) -> None:
    fake.airflow = [running(Task("train", "running", None, 1)), QUIET]
    began = fake.clock.now

    code, printed = retrain()

    assert code == 1
    assert 60 < fake.clock.now - began < 65
    assert "✗ Airflow stopped answering: " in printed
    assert '"http://mwaa"' in printed
    assert printed.endswith("→ make status, then make retrain to follow the run\n")


def test_a_call_that_hangs_counts_as_silence(fake: FakeLoop, retrain: Retrain) -> None:
    fake.look, fake.airflow = lambda: fake.clock.sleep(75), [QUIET]
    assert retrain()[0] == 1
    assert fake.clock.now == 1075


def test_following_continues_when_airflow_answers_again(fake: FakeLoop, retrain: Retrain) -> None:
    busy = ClientError({"Error": {"Code": "RestApiServerException", "Message": ""}}, "InvokeRestApi")
    trains = running(Task("train", "running", None, 1))
    fake.airflow = [trains, *[QUIET] * 50, trains, *[busy] * 50, DONE]

    code, printed = retrain()

    assert code == 0
    assert "Version 8 is promoted." in printed


def test_a_run_that_airflow_lost_is_reported_at_once(fake: FakeLoop, retrain: Retrain) -> None:
    fake.airflow = [LocalError(f"Airflow has no run {RUN_ID} (any more).", remedy="make retrain")]
    code, printed = retrain()
    assert code == 1
    assert f"✗ Airflow has no run {RUN_ID} (any more).\n→ make retrain\n" in printed
    assert fake.clock.now == 1000


def test_a_run_is_followed_for_as_long_as_the_setting_says(
    fake: FakeLoop, retrain: Retrain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRAIN_TIMEOUT_S", "600")
    fake.airflow = [running(Task("train", "running", None, 1))]

    code, printed = retrain()

    assert code == 1
    assert fake.clock.now == 1600
    assert printed.endswith("✗ The run has not ended after 600 s.\n→ It continues: make retrain follows it again\n")


@pytest.mark.parametrize("state", [None, "scheduled", "queued"])
def test_a_run_whose_tasks_do_not_start_is_warned_of_once(fake: FakeLoop, retrain: Retrain, state: str | None) -> None:
    fake.airflow = [*[running(Task("ingest", state, None, 0))] * 200, DONE]
    code, printed = retrain()
    assert code == 0
    assert printed.count("! No task has started yet: make status says whether Airflow's scheduler is up.\n") == 1


@pytest.mark.parametrize(
    "started", [running(Task("ingest", "running", None, 1)), running(Task("ingest", "success", 1, 1))]
)
def test_a_run_with_a_started_task_is_not_warned_of(fake: FakeLoop, retrain: Retrain, started: Run) -> None:
    fake.airflow = [*[WAITING] * 40, *[started] * 200, DONE]
    assert "No task has started" not in retrain()[1]


def test_each_attempt_of_a_task_is_printed_once_as_it_ends(fake: FakeLoop, retrain: Retrain) -> None:
    ingested = Task("ingest", "success", 2.0, 1)
    looks = [
        Task("train", "running", 0.5, 1),
        Task("train", "up_for_retry", 9.0, 1),
        Task("train", "running", 0.5, 2),
        Task("train", "up_for_retry", 8.0, 2),
        Task("train", "success", 10.0, 3),
    ]
    fake.airflow = [running(ingested, look) for look in looks for _ in range(3)]
    fake.airflow += [Run("success", (ingested, looks[-1], Task("report", "skipped", None, 0)))]

    _, printed = retrain()

    lines = [" ".join(line.split()) for line in printed.splitlines() if line.startswith("  ")]
    assert lines == [
        "✓ ingest 2.0 s",
        "↻ train 9.0 s up_for_retry",
        "↻ train 8.0 s up_for_retry attempt 2",
        "✓ train 10.0 s attempt 3",
        "- report skipped",
    ]


def test_an_interrupted_follower_says_that_the_run_continues_and_where(fake: FakeLoop, retrain: Retrain) -> None:
    fake.airflow = [running(Task("train", "running", None, 1)), KeyboardInterrupt()]
    code, printed = retrain()
    assert code == INTERRUPTED
    assert f"• Run {RUN_ID} continues in Airflow. To follow it: make retrain, or {PAGE}\n" in printed


def test_a_version_that_never_answers_is_named_with_the_one_that_does(fake: FakeLoop, retrain: Retrain) -> None:
    fake.served = ["7"]
    code, printed = retrain()
    assert code == 1
    assert "Version 8 is promoted." in printed
    assert printed.endswith(
        "✗ Version 8 was promoted, but the API still answers with version 7.\n"
        "→ make status; GET /model says why a newer model is not served\n"
    )
    assert fake.clock.now == 1060
