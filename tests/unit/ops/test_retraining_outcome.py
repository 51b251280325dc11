"""How a run ended, from its steps' outcomes and nothing else."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.errors import LocalError
from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal
from ops import aws, retraining_outcome
from ops.retraining_outcome import Outcome
from training.retraining.steps import DECIDE, STEPS

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop

BEFORE = [step.name for step in STEPS[: STEPS.index(DECIDE)]]
IMPROVES = {"outcome": "improves", "summary": "Macro-F1 rises by 0.021."}
REJECTED = {"outcome": "rejected", "summary": "Macro-F1 falls by 0.03."}


class FakeS3:
    """The artifacts bucket: no object, unless one was put; or no bucket that can be read at all."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.refusal = "NoSuchKey"

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 (boto3's own names)
        if (Bucket, Key) not in self.objects:
            raise ClientError({"Error": {"Code": self.refusal, "Message": "no"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def keep(self, step: str, result: dict[str, Any] | None = None, *, state: str = "done", reason: str = "") -> None:
        content = {"state": state, "reason": reason, "result": result}
        self.objects["artifacts", f"retraining/run-1/{step}.json"] = json.dumps(content).encode()


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    """The outcomes of a run up to `evaluate`."""
    s3 = FakeS3()
    monkeypatch.setattr(aws, "client", lambda _loop, service: {"s3": s3}[service])
    for step in BEFORE:
        s3.keep(step, {})
    return s3


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    return open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))


def outcome(loop: Loop) -> Outcome:
    return retraining_outcome.read(loop, "artifacts", "run-1")


def promoted(version: str | None, *, as_: str = "promoted", reason: str = "") -> dict[str, Any]:
    return {"outcome": as_, "reason": reason, "version": version, "previous_version": None}


@pytest.mark.usefixtures("s3")
def test_an_interrupted_run_names_the_first_step_without_an_outcome(loop: Loop) -> None:
    assert outcome(loop) == Outcome("Run run-1 has no outcome of decide: production is unchanged.", None)


def test_outcomes_after_the_missing_step_do_not_count(loop: Loop, s3: FakeS3) -> None:
    del s3.objects["artifacts", "retraining/run-1/train.json"]
    s3.keep("decide", IMPROVES)
    s3.keep("promote", promoted("8"))
    assert outcome(loop) == Outcome("Run run-1 has no outcome of train: production is unchanged.", None)


def test_an_interrupted_promotion_may_have_changed_production(loop: Loop, s3: FakeS3) -> None:
    s3.keep("decide", IMPROVES)
    found = outcome(loop)
    assert found.sentence == "Run run-1 has no outcome of promote: GET /model says which version is served."
    assert found.version is None


@pytest.mark.parametrize("state", ["no new data", "too little data"])
def test_a_run_that_ended_early_says_how_and_why(loop: Loop, s3: FakeS3, state: str) -> None:
    s3.keep("build_frame", state=state, reason="There are 3 reviews.")
    s3.keep("train", state="skipped", reason="of a later step")
    assert outcome(loop) == Outcome(f"{state.capitalize()}: There are 3 reviews.", None)


def test_a_rejected_candidate_says_why_once_and_what_stays(loop: Loop, s3: FakeS3) -> None:
    s3.keep("decide", REJECTED)
    s3.keep("promote", promoted("7", as_="rejected", reason=REJECTED["summary"]))
    assert outcome(loop) == Outcome("Rejected: Macro-F1 falls by 0.03. Version 7 stays.", None)


@pytest.mark.parametrize("decided", ["improves", "maintains"])
def test_a_promoted_candidate_is_named(loop: Loop, s3: FakeS3, decided: str) -> None:
    s3.keep("decide", IMPROVES | {"outcome": decided})
    s3.keep("promote", promoted("8"))
    assert outcome(loop) == Outcome(
        f"{decided.capitalize()}: Macro-F1 rises by 0.021. Version 8 is promoted.", version="8"
    )


def test_a_candidate_in_conflict_says_with_what(loop: Loop, s3: FakeS3) -> None:
    s3.keep("decide", IMPROVES)
    s3.keep("promote", promoted("9", as_="conflict", reason="Meanwhile version 9 was rolled back to."))
    assert outcome(loop) == Outcome(
        "Improves: Macro-F1 rises by 0.021. Meanwhile version 9 was rolled back to. Version 9 stays.", None
    )


def test_without_a_production_version_none_is_named(loop: Loop, s3: FakeS3) -> None:
    s3.keep("decide", REJECTED)
    s3.keep("promote", promoted(None, as_="rejected", reason=REJECTED["summary"]))
    assert outcome(loop) == Outcome("Rejected: Macro-F1 falls by 0.03. Nothing is served.", None)


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "SlowDown"])
def test_a_bucket_that_cannot_be_read_is_not_a_missing_outcome(loop: Loop, s3: FakeS3, code: str) -> None:
    s3.refusal = code
    with pytest.raises(ClientError, match=code):
        outcome(loop)


@pytest.mark.parametrize("content", [b'{"state": "do', b"{}", b"null"])
def test_a_damaged_outcome_is_named(loop: Loop, s3: FakeS3, content: bytes) -> None:
    s3.objects["artifacts", "retraining/run-1/train.json"] = content

    with pytest.raises(LocalError, match=r"retraining/run-1/train\.json is damaged"):
        retraining_outcome.read(loop, "artifacts", "run-1")
