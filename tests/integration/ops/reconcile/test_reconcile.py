"""Reconciliation against the emulator: every disagreement that a crash can leave is repaired."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ops.reconcile.reconciliation import Reconciliation
from sentiment.schemas.feedback_period import LIFETIME
from tests.integration.ops.reconcile.world import EPOCH, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.resources import Resources


@pytest.fixture
def world(resources: Resources) -> World:
    return World(resources)


def test_tables_and_lake_that_agree_are_left_alone(world: World) -> None:
    prediction = world.predict()
    world.give_feedback(prediction, "up")
    world.give_feedback(prediction, "down")
    world.predict()

    assert world.reconcile() == {}


def test_what_only_the_lake_has_is_restored_and_counted(world: World) -> None:
    old = world.predict()
    world.give_feedback(old, "up")
    before = world.snapshot()
    lost = [world.predict() for _ in range(3)]
    for prediction in lost[:2]:
        world.give_feedback(prediction, "down")
    world.roll_back(before)

    assert world.reconcile() == {"predictions_restored": 3, "feedback_restored": 2}

    assert world.counters() == {"tp": 1, "fp": 2}
    assert world.give_feedback(lost[2], "up").cell == "tp"
    world.assert_agreement()


def test_a_changed_verdict_that_the_table_lost_is_restored(world: World) -> None:
    prediction = world.predict()
    world.give_feedback(prediction, "up")
    before = world.snapshot()
    changed = world.give_feedback(prediction, "down")
    world.roll_back(before)

    assert world.reconcile() == {"feedback_restored": 1}

    assert world.feedback() == {prediction.prediction_id: changed}
    assert world.counters() == {"fp": 1}
    world.assert_agreement()


def test_feedback_newer_than_the_lake_is_kept_and_archived(world: World) -> None:
    prediction = world.predict()
    before = world.snapshot()
    world.give_feedback(prediction, "up")
    world.give_feedback(prediction, "down")
    world.roll_back(before)
    newer = world.give_feedback(prediction, "up", to_lake=False)

    assert world.reconcile() == {"feedback_archived": 1}

    assert world.feedback() == {prediction.prediction_id: newer}
    world.assert_agreement()


def test_events_that_the_stream_lost_are_archived(world: World) -> None:
    prediction = world.predict(to_lake=False)
    world.give_feedback(prediction, "up", to_lake=False)

    assert world.reconcile() == {"predictions_archived": 1, "feedback_archived": 1}

    assert world.lake_ids("predictions") == {prediction.prediction_id: 1}
    world.assert_agreement()


def test_a_revision_that_the_stream_lost_is_archived(world: World) -> None:
    prediction = world.predict()
    world.give_feedback(prediction, "up")
    world.give_feedback(prediction, "down", to_lake=False)

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
    event = world.give_feedback(world.predict(), "up")
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


def test_counters_without_any_feedback_are_set_to_zero(world: World) -> None:
    world.resources.dynamodb.put_item(
        TableName=world.tables.quality, Item={"bucket": {"S": "2026-11-23T12#7#audit"}, "fp": {"N": "2"}}
    )

    assert world.reconcile() == {"buckets_corrected": 1}
    assert not world.counters()


def test_restored_feedback_is_not_counted_twice(world: World) -> None:
    event = world.give_feedback(world.predict(), "up")
    world.resources.dynamodb.delete_item(
        TableName=world.tables.feedback, Key={"prediction_id": {"S": event.prediction_id}}
    )

    assert world.reconcile() == {"feedback_restored": 1, "buckets_corrected": 1}
    assert world.counters() == {"tp": 1}
    world.assert_agreement()


@pytest.mark.parametrize("lacking", ["cell", "model_version", "revision"])
def test_unreadable_feedback_stays_counted(world: World, lacking: str) -> None:
    damaged = world.give_feedback(world.predict(), "up")
    world.give_feedback(world.predict(), "down")
    world.resources.dynamodb.update_item(
        TableName=world.tables.feedback,
        Key={"prediction_id": {"S": damaged.prediction_id}},
        UpdateExpression=f"REMOVE {lacking}",
    )

    assert world.reconcile()["unresolved"]
    assert world.counters() == {"tp": 1, "fp": 1}


def test_an_expired_prediction_is_not_restored_and_its_feedback_stays(world: World) -> None:
    expired = world.predict(made_at=datetime.now(UTC) - LIFETIME - timedelta(hours=1))
    world.resources.dynamodb.delete_item(
        TableName=world.tables.predictions, Key={"prediction_id": {"S": expired.prediction_id}}
    )
    before = world.snapshot()

    assert world.reconcile() == {}
    assert world.snapshot() == before


def test_what_cannot_be_repaired_is_counted_as_unresolved(world: World) -> None:
    orphan = world.give_feedback(world.predict(to_lake=False), "up")
    world.resources.dynamodb.delete_item(
        TableName=world.tables.predictions, Key={"prediction_id": {"S": orphan.prediction_id}}
    )
    world.raw_events.write("feedback", "2026-11-23", "broken", ["{", '{"prediction_id": 5}'])
    world.resources.s3.put_object(
        Bucket=world.resources.lake, Key="raw/feedback/dt=2026-11-23/bytes.jsonl", Body=b"\xff\xfe\n"
    )

    assert world.reconcile() == {"unresolved": 4}
    assert world.counters() == {"tp": 1}


def test_feedback_during_the_run_is_counted_exactly_once(world: World) -> None:
    """Between any two calls of the run, somebody gives feedback on another prediction or changes a verdict."""
    predictions = [world.predict() for _ in range(30)]
    world.give_feedback(predictions[0], "up")
    before = world.snapshot()
    world.give_feedback(predictions[1], "down")
    world.roll_back(before)
    todo = iter([(prediction, verdict) for prediction in predictions[2:] for verdict in ("up", "down")])
    dynamodb: Any = Busy(world, lambda: next(todo, None))

    Reconciliation(world.tables, dynamodb, world.raw_events, world.event_counts, now=datetime.now(UTC)).run(EPOCH)

    assert len(world.feedback()) > 2
    assert world.counters() == Counter(event.cell for event in world.feedback().values())
    assert world.feedback()[predictions[1].prediction_id].cell == "fp"


class Busy:
    """A client of DynamoDB before each of whose calls somebody gives feedback."""

    def __init__(self, world: World, next_feedback: Callable[[], Any]) -> None:
        self._world = world
        self._next = next_feedback

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of the client
        if feedback := self._next():
            self._world.give_feedback(*feedback)
        return getattr(self._world.resources.dynamodb, name)


def test_counters_in_use_are_tried_again(world: World) -> None:
    """As on AWS, where two transactions on one item meet; no emulator shows it."""
    world.give_feedback(world.predict(), "up")
    before = world.snapshot()
    world.give_feedback(world.predict(), "down")
    world.roll_back(before)
    world.resources.dynamodb.put_item(
        TableName=world.tables.quality, Item={"bucket": {"S": "2026-11-23T12#7#audit#3"}, "fp": {"N": "2"}}
    )
    dynamodb: Any = InUse(world)

    counts = Reconciliation(world.tables, dynamodb, world.raw_events, world.event_counts, now=datetime.now(UTC)).run(
        EPOCH
    )

    assert dynamodb.refused == ["transact_write_items", "update_item"]
    assert (counts.feedback_restored, counts.buckets_corrected, counts.unresolved) == (1, 1, 0)
    world.assert_agreement()


class InUse:
    """A client of DynamoDB that refuses the first write of each kind, because the counters are in use."""

    def __init__(self, world: World) -> None:
        self.refused: list[str] = []
        self._client = world.resources.dynamodb

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of the client
        return getattr(self._client, name)

    def transact_write_items(self, *, TransactItems: list[Any]) -> Any:  # noqa: N803, ANN401 - boto's name, passed on
        reasons = [{"Code": "TransactionConflict" if "Update" in item else "None"} for item in TransactItems]
        self._refuse("transact_write_items", "TransactionCanceledException", CancellationReasons=reasons)
        return self._client.transact_write_items(TransactItems=TransactItems)

    def update_item(self, **request: Any) -> Any:  # noqa: ANN401 - passed on
        self._refuse("update_item", "TransactionConflictException")
        return self._client.update_item(**request)

    def _refuse(self, name: str, code: str, **details: Any) -> None:  # noqa: ANN401 - boto's answer
        if name not in self.refused:
            self.refused.append(name)
            response: Any = {"Error": {"Code": code, "Message": code}, **details}
            raise ClientError(response, name)


def test_feedback_before_the_first_day_is_left_alone(world: World) -> None:
    prediction = world.predict(to_lake=False)
    world.give_feedback(prediction, "up", to_lake=False)
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)

    assert world.reconcile(since=tomorrow) == {"predictions_archived": 1}


def test_the_command_names_the_variables_that_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAKE_BUCKET", raising=False)

    done = subprocess.run([sys.executable, "-m", "ops.reconcile"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "LAKE_BUCKET" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_swallowed_by_an_import_still_ends_the_command(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-imported command could read no feedback, and would set the counters to zero."""
    world.give_feedback(world.predict(), "up")
    swallowed = "try: signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt: pass\n"
    (tmp_path / "boto3.py").write_text(f"import signal\n{swallowed}client = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    done = subprocess.run([sys.executable, "-m", "ops.reconcile"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.strip()) == (130, "Interrupted.")
    assert world.counters() == {"tp": 1}


def test_without_an_answer_of_aws_the_command_says_what_to_do(
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


def test_the_command_prints_its_counts_as_json(world: World) -> None:
    world.give_feedback(world.predict(to_lake=False), "up", to_lake=False)

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


def test_a_reviewers_label_and_thumbs_are_restored_side_by_side(world: World) -> None:
    prediction = world.predict(audit=True)
    before = world.snapshot()
    world.give_feedback(prediction, "up")
    label = world.review(prediction, "negative")
    world.roll_back(before)

    assert world.reconcile() == {"feedback_restored": 2}

    assert label in world.items()
    assert world.feedback()[prediction.prediction_id].verdict == "up"
    assert world.counters() == {"tp": 1, "fp": 1}
    assert not world.waiting(), "it has its label again"
    world.assert_agreement()


def test_a_reviewers_label_that_the_stream_lost_is_archived(world: World) -> None:
    prediction = world.predict(audit=True)
    world.give_feedback(prediction, "up")
    world.review(prediction, "negative", to_lake=False)

    assert world.reconcile() == {"feedback_archived": 1}

    assert world.lake_ids("feedback") == {prediction.prediction_id: 2}
    world.assert_agreement()


def test_an_audited_prediction_that_is_restored_waits_again(world: World) -> None:
    before = world.snapshot()
    unlabelled, labelled = world.predict(audit=True), world.predict(audit=True)
    world.review(labelled, "negative")
    world.roll_back(before)

    assert world.reconcile() == {"predictions_restored": 2, "feedback_restored": 1}

    assert world.waiting() == {unlabelled.prediction_id}
    world.assert_agreement()


def test_a_label_that_the_table_kept_does_not_wait_again(world: World) -> None:
    prediction = world.predict(audit=True)
    world.review(prediction, "negative")
    world.resources.dynamodb.delete_item(
        TableName=world.tables.predictions, Key={"prediction_id": {"S": prediction.prediction_id}}
    )

    assert world.reconcile() == {"predictions_restored": 1}

    assert not world.waiting()
    world.assert_agreement()
