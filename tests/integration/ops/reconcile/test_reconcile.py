"""Reconciliation against the emulator: each kind of divergence that a crash can leave, planted and mended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ops.reconcile.reconciliation import Reconciliation
from sentiment.schemas.prediction_id import LIFETIME
from tests.integration.ops.reconcile.world import BEGINNING, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.resources import Resources


@pytest.fixture
def world(resources: Resources) -> World:
    return World(resources)


def test_where_all_agrees_nothing_is_done(world: World) -> None:
    prediction = world.predict()
    world.judge(prediction, "up")
    world.judge(prediction, "down")
    world.predict()

    assert world.reconcile() == {}


def test_feedback_and_predictions_that_only_the_lake_kept_are_restored_and_counted(world: World) -> None:
    old = world.predict()
    world.judge(old, "up")
    before = world.snapshot()
    lost = [world.predict() for _ in range(3)]
    for prediction in lost[:2]:
        world.judge(prediction, "down")
    world.roll_back(before)

    assert world.reconcile() == {"predictions_restored": 3, "feedback_restored": 2}

    assert world.counters() == {"tp": 1, "fp": 2}
    assert world.judge(lost[2], "up").cell == "tp"
    world.assert_agreement()


def test_a_changed_mind_that_was_rolled_back_is_restored(world: World) -> None:
    prediction = world.predict()
    world.judge(prediction, "up")
    before = world.snapshot()
    changed = world.judge(prediction, "down")
    world.roll_back(before)

    assert world.reconcile() == {"feedback_restored": 1}

    assert world.feedback() == {prediction.prediction_id: changed}
    assert world.counters() == {"fp": 1}
    world.assert_agreement()


def test_a_judgement_newer_than_what_was_rolled_back_holds(world: World) -> None:
    prediction = world.predict()
    before = world.snapshot()
    world.judge(prediction, "up")
    world.judge(prediction, "down")
    world.roll_back(before)
    newer = world.judge(prediction, "up", to_lake=False)

    assert world.reconcile() == {"feedback_archived": 1}

    assert world.feedback() == {prediction.prediction_id: newer}
    world.assert_agreement()


def test_what_the_stream_lost_is_archived(world: World) -> None:
    prediction = world.predict(to_lake=False)
    world.judge(prediction, "up", to_lake=False)

    assert world.reconcile() == {"predictions_archived": 1, "feedback_archived": 1}

    assert world.lake_ids("predictions") == {prediction.prediction_id: 1}
    world.assert_agreement()


def test_a_revision_that_the_stream_lost_is_archived(world: World) -> None:
    prediction = world.predict()
    world.judge(prediction, "up")
    world.judge(prediction, "down", to_lake=False)

    assert world.reconcile() == {"feedback_archived": 1}
    world.assert_agreement()


@pytest.mark.parametrize(
    "damage",
    [
        {"tp": 5},
        {"tp": -1, "fn": 3},
        None,
    ],
)
def test_counters_that_disagree_with_the_feedback_are_corrected(world: World, damage: dict[str, int] | None) -> None:
    event = world.judge(world.predict(), "up")
    key = {"bucket": {"S": event.bucket}}
    if damage is None:
        world.resources.dynamodb.delete_item(TableName=world.tables.quality, Key=key)
    for cell, change in (damage or {}).items():
        world.resources.dynamodb.update_item(
            TableName=world.tables.quality,
            Key=key,
            UpdateExpression=f"ADD {cell} :change",
            ExpressionAttributeValues={":change": {"N": str(change)}},
        )

    assert world.reconcile() == {"buckets_corrected": 1}

    assert world.counters() == {"tp": 1}
    world.assert_agreement()


def test_counters_of_feedback_that_is_gone_everywhere_are_emptied(world: World) -> None:
    world.resources.dynamodb.put_item(
        TableName=world.tables.quality, Item={"bucket": {"S": "2026-11-23T12#7#audit"}, "fp": {"N": "2"}}
    )

    assert world.reconcile() == {"buckets_corrected": 1}
    assert not world.counters()


def test_counters_that_outlived_their_feedback_are_not_counted_twice(world: World) -> None:
    event = world.judge(world.predict(), "up")
    world.resources.dynamodb.delete_item(
        TableName=world.tables.feedback, Key={"prediction_id": {"S": event.prediction_id}}
    )

    assert world.reconcile() == {"feedback_restored": 1, "buckets_corrected": 1}
    assert world.counters() == {"tp": 1}
    world.assert_agreement()


@pytest.mark.parametrize("lacking", ["cell", "model_version", "revision"])
def test_feedback_that_cannot_be_read_is_not_taken_off_the_counters(world: World, lacking: str) -> None:
    damaged = world.judge(world.predict(), "up")
    world.judge(world.predict(), "down")
    world.resources.dynamodb.update_item(
        TableName=world.tables.feedback,
        Key={"prediction_id": {"S": damaged.prediction_id}},
        UpdateExpression=f"REMOVE {lacking}",
    )

    assert world.reconcile()["unresolved"]
    assert world.counters() == {"tp": 1, "fp": 1}


def test_expired_predictions_stay_forgotten_and_their_feedback_stays(world: World) -> None:
    expired = world.predict(made_at=datetime.now(UTC) - LIFETIME - timedelta(hours=1))
    world.resources.dynamodb.delete_item(
        TableName=world.tables.predictions, Key={"prediction_id": {"S": expired.prediction_id}}
    )
    before = world.snapshot()

    assert world.reconcile() == {}
    assert world.snapshot() == before


def test_what_cannot_be_mended_is_said(world: World) -> None:
    orphan = world.judge(world.predict(to_lake=False), "up")
    world.resources.dynamodb.delete_item(
        TableName=world.tables.predictions, Key={"prediction_id": {"S": orphan.prediction_id}}
    )
    world.lake.write("feedback", "2026-11-23", "broken", ["{", '{"prediction_id": 5}'])
    world.resources.s3.put_object(
        Bucket=world.resources.lake, Key="raw/feedback/dt=2026-11-23/bytes.jsonl", Body=b"\xff\xfe\n"
    )

    assert world.reconcile() == {"unresolved": 4}
    assert world.counters() == {"tp": 1}


def test_feedback_given_while_it_runs_is_neither_lost_nor_counted_twice(world: World) -> None:
    """Between any two calls of the run, somebody judges another prediction or changes a mind."""
    predictions = [world.predict() for _ in range(30)]
    world.judge(predictions[0], "up")
    before = world.snapshot()
    world.judge(predictions[1], "down")
    world.roll_back(before)
    todo = iter([(prediction, verdict) for prediction in predictions[2:] for verdict in ("up", "down")])
    dynamodb: Any = Busy(world, lambda: next(todo, None))

    Reconciliation(world.tables, dynamodb, world.lake, now=datetime.now(UTC)).run(BEGINNING)

    assert len(world.feedback()) > 2
    assert world.counters() == Counter(event.cell for event in world.feedback().values())
    assert world.feedback()[predictions[1].prediction_id].cell == "fp"


class Busy:
    """A client of DynamoDB before each of whose calls somebody gives feedback."""

    def __init__(self, world: World, next_judgement: Callable[[], Any]) -> None:
        self._world = world
        self._next = next_judgement

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        if judgement := self._next():
            self._world.judge(*judgement)
        return getattr(self._world.resources.dynamodb, name)


def test_with_a_first_day_older_feedback_is_left_alone(world: World) -> None:
    prediction = world.predict(to_lake=False)
    world.judge(prediction, "up", to_lake=False)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)

    assert world.reconcile(since=tomorrow) == {"predictions_archived": 1}


def test_without_its_environment_the_command_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKE_BUCKET", raising=False)

    done = subprocess.run([sys.executable, "-m", "ops.reconcile"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "LAKE_BUCKET" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_that_a_library_swallows_while_it_is_imported_ends_the_command(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half imported, it could read no feedback, and would count none."""
    world.judge(world.predict(), "up")
    swallowed = "try: signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt: pass\n"
    (tmp_path / "boto3.py").write_text(f"import signal\n{swallowed}client = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    done = subprocess.run([sys.executable, "-m", "ops.reconcile"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.strip()) == (130, "Interrupted.")
    assert world.counters() == {"tp": 1}


def test_where_aws_does_not_answer_the_command_says_so_and_what_to_do(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resources.environment
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    done = subprocess.run([sys.executable, "-m", "ops.reconcile"], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "EndpointConnectionError" in done.stderr
    assert "run it again" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_prints_what_it_did_as_json(world: World) -> None:
    world.judge(world.predict(to_lake=False), "up", to_lake=False)

    done = subprocess.run([sys.executable, "-m", "ops.reconcile"], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == {
        "predictions_restored": 0,
        "predictions_archived": 1,
        "feedback_restored": 0,
        "feedback_archived": 1,
        "buckets_corrected": 0,
        "unresolved": 0,
    }
    world.assert_agreement()
