"""A candidate replaces the pointer that it was compared with, or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration.training.retraining.evaluated_run import evaluated_run
from tests.integration.training.versions import served
from training.errors import PromotionRefusedError, TrackingError
from training.registry.anchor import read_anchor
from training.registry.rollback import rollback
from training.registry.tracking import Tracking
from training.retraining.run import Run
from training.retraining.steps import DECIDE, PROMOTE

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tests.integration.training.versions import MakeVersion
    from training.registry.registry import Registry
    from training.retraining.run import RetrainingSettings


def test_a_better_candidate_is_promoted_and_every_number_recorded(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion, s3: S3Client
) -> None:
    evaluated = evaluated_run(settings, make_version, "better", candidate_wrong=60)
    run = Run(settings, "better")
    decided = run.do(DECIDE).result
    assert run.workspace.address(DECIDE) == f"s3://{registry.store.bucket}/retraining/better/decide.json"
    run.do(PROMOTE)
    assert served(registry) == evaluated.candidate
    assert decided is not None
    assert decided.outcome == "improves"
    bucket, _, key = decided.audit.removeprefix("s3://").partition("/")
    entry = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert entry["outcome"] == "improves"
    assert {rule["name"] for rule in entry["details"]["rules"]} >= {"f1 against production", "recall of negative"}
    assert entry["details"]["against_production"][0]["lower"] > 0
    tracked = registry.tracking.client.get_run(registry.tracking.version(evaluated.candidate).run_id)
    assert tracked.data.tags["decision"] == "improves"
    assert tracked.data.tags["audit"] == decided.audit
    assert tracked.data.metrics["gate/f1_against_production_lower"] > 0
    assert [file.path for file in registry.tracking.client.list_artifacts(tracked.info.run_id)] == [
        "decision.json",
        "serving",
    ]


def test_a_worse_candidate_is_not_promoted_and_the_reason_recorded(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion
) -> None:
    evaluated = evaluated_run(settings, make_version, "worse", candidate_wrong=200)
    Run(settings, "worse").do(DECIDE)
    Run(settings, "worse").do(PROMOTE)
    assert served(registry) == evaluated.production
    promoted = Run(settings, "worse").result(PROMOTE)
    assert (promoted.outcome, promoted.version) == ("rejected", evaluated.production)
    assert "is below production's" in promoted.reason
    (entry,) = [entry for entry in registry.audit.entries() if entry.kind == "decision"]
    assert (entry.outcome, entry.reason) == ("rejected", promoted.reason)


def test_production_that_changed_since_the_evaluation_stays(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion
) -> None:
    evaluated_run(settings, make_version, "late")
    Run(settings, "late").do(DECIDE)
    other = make_version("nice")
    registry.promote(other)
    for _ in range(2):
        Run(settings, "late").do(PROMOTE)
    assert served(registry) == other
    promoted = Run(settings, "late").result(PROMOTE)
    assert promoted.outcome == "conflict"
    assert "Start another run" in promoted.reason
    assert [entry.kind for entry in registry.audit.entries() if entry.run_id == "late"] == ["decision", "conflict"]


def test_production_that_came_back_since_the_evaluation_stays_too(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion
) -> None:
    evaluated = evaluated_run(settings, make_version, "aba")
    Run(settings, "aba").do(DECIDE)
    registry.promote(make_version("nice"))
    rollback(settings.training, None)
    assert served(registry) == evaluated.production
    Run(settings, "aba").do(PROMOTE)
    assert served(registry) == evaluated.production
    assert Run(settings, "aba").result(PROMOTE).outcome == "conflict"


def test_a_promotion_rolled_back_before_its_retry_does_not_come_back(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion, s3: S3Client
) -> None:
    evaluated = evaluated_run(settings, make_version, "gone")
    Run(settings, "gone").do(DECIDE)
    Run(settings, "gone").do(PROMOTE)
    s3.delete_object(Bucket=settings.training.artifacts_bucket, Key="retraining/gone/promote.json")  # never written
    rollback(settings.training, None)
    Run(settings, "gone").do(PROMOTE)
    assert served(registry) == evaluated.production
    assert Run(settings, "gone").result(PROMOTE).outcome == "promoted"


def test_the_retry_finishes_a_promotion_in_which_mlflow_failed(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated = evaluated_run(settings, make_version, "half")
    Run(settings, "half").do(DECIDE)

    def fail(_: Tracking, __: str) -> None:
        raise TrackingError("MLflow went away.")

    with monkeypatch.context() as patch:
        patch.setattr(Tracking, "set_production", fail)
        with pytest.raises(TrackingError, match="is served, but its alias was not moved"):
            Run(settings, "half").do(PROMOTE)
    assert served(registry) == evaluated.candidate
    Run(settings, "half").do(PROMOTE)
    production = registry.tracking.production()
    assert production is not None
    assert production.version == evaluated.candidate
    kinds = [entry.kind for entry in registry.audit.entries() if entry.run_id == "half"]
    assert sorted(kinds) == ["decision", "failure", "promotion"]


def test_the_anchor_stays_the_first_version(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion
) -> None:
    evaluated = evaluated_run(settings, make_version, "next")
    Run(settings, "next").do(DECIDE)
    Run(settings, "next").do(PROMOTE)
    anchor = read_anchor(registry.store)
    assert anchor is not None
    assert anchor.model_version == evaluated.production
    assert registry.store.read_artifact(anchor)


def test_a_rollback_works_with_mlflow_down_and_says_so(
    settings: RetrainingSettings,
    registry: Registry,
    make_version: MakeVersion,
    closed_port: str,
) -> None:
    first, second = make_version("great"), make_version("fine")
    registry.promote(first)
    registry.promote(second)
    without = settings.training.model_copy(update={"mlflow_tracking_uri": closed_port})
    with pytest.raises(TrackingError, match=f"Version {first} is served, but its alias was not moved"):
        rollback(without, None)
    assert served(registry) == first
    rollbacks = [entry for entry in registry.audit.entries() if entry.kind == "rollback"]
    assert [(entry.version, entry.previous_version) for entry in rollbacks] == [(first, second)]


def test_a_second_rollback_in_a_row_must_name_a_version(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion
) -> None:
    versions = [make_version(word) for word in ("great", "fine", "nice")]
    for version in versions:
        registry.promote(version)
    assert rollback(settings.training, None) == "Rolled back from version 3 to version 2: it is served within 30 s."
    with pytest.raises(PromotionRefusedError, match="since a rollback from version 3"):
        rollback(settings.training, None)
    assert served(registry) == "2"
    assert rollback(settings.training, "2") == "Version 2 is already served; nothing changed."
    assert rollback(settings.training, "1") == "Rolled back from version 2 to version 1: it is served within 30 s."
    assert rollback(settings.training, "3") == "Rolled back from version 1 to version 3: it is served within 30 s."
    with pytest.raises(PromotionRefusedError, match="no version 9"):
        rollback(settings.training, "9")


def test_a_rollback_exports_a_damaged_artifact_again(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion, s3: S3Client
) -> None:
    pointer = registry.promote(make_version("great")).pointer
    registry.promote(make_version("fine"))
    bucket, key = pointer.artifact_location
    s3.put_object(Bucket=bucket, Key=key, Body=b"damaged")
    rollback(settings.training, None)
    back = registry.store.read_pointer().pointer
    assert back is not None
    assert back.model_version == pointer.model_version
    assert registry.store.read_artifact(back) != b"damaged"


def test_an_unreadable_audit_entry_does_not_prevent_a_rollback(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion, s3: S3Client
) -> None:
    first = make_version("great")
    registry.promote(first)
    registry.promote(make_version("fine"))
    s3.put_object(Bucket=registry.store.bucket, Key="audit/99991231T000000.000000Z-torn.json", Body=b'{"entry_id": ')
    rollback(settings.training, None)
    assert served(registry) == first


def test_there_is_no_rollback_before_the_first_version(
    settings: RetrainingSettings, registry: Registry, make_version: MakeVersion
) -> None:
    with pytest.raises(PromotionRefusedError, match="no model is in production"):
        rollback(settings.training, None)
    registry.promote(make_version("great"))
    with pytest.raises(PromotionRefusedError, match="is the first"):
        rollback(settings.training, None)
