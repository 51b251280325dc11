"""After `ensure` a sound model is in production, whatever happened before, and a line says what was done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import mlflow
import pytest

from sentiment.evaluation.gate import GateSettings
from sentiment.reviews.sample import load_sample
from sentiment.schemas.pointer import POINTER_KEY, Pointer
from tests.integration.training.versions import forget_versions, tiny_artifact
from training.errors import PromotionRefusedError, TrackingError
from training.registry.anchor import read_anchor
from training.registry.ensure import ensure
from training.registry.state import read_state
from training.retraining.first_model import promote_first_model
from training.retraining.in_process import retrain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_s3 import S3Client

    from tests.integration.training.versions import MakeVersion
    from training.registry.registry import Registry
    from training.settings import Settings


def ensure_with(settings: Settings) -> str:
    """What `python -m training ensure` does."""

    def step(_: str) -> None:
        return

    return ensure(settings, step=step, first_model=lambda: promote_first_model(settings, step=step))


@pytest.fixture
def ensured(registry: Registry, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Runs `ensure`; training a model fails the test."""

    def refuse(settings: object, run_id: str, **options: object) -> str:
        raise AssertionError(f"{run_id} must not train with {settings} and {options}")

    monkeypatch.setattr("training.retraining.first_model.retrain", refuse)

    def run() -> str:
        said = ensure_with(settings)
        assert "\n" not in said
        assert read_state(registry.tracking, registry.store).agreed
        assert ensure_with(settings).endswith("nothing to do.")
        return said

    return run


@pytest.fixture
def trainable(ensured: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Runs `ensure` with a sample that is quick to train on."""
    monkeypatch.setattr("training.retraining.first_model.retrain", retrain)
    monkeypatch.setattr("feature_repo.ingest.files.load_sample", lambda *until: load_sample(*until)[::3])
    return ensured


def the_pointer(registry: Registry) -> Pointer:
    pointer = registry.store.read_pointer().pointer
    assert pointer is not None
    return pointer


def test_without_a_production_model_a_first_one_is_trained(
    registry: Registry, make_version: MakeVersion, trainable: Callable[[], str]
) -> None:
    make_version("never promoted")
    assert trainable() == "Version 2, trained on the built-in sample, is promoted."
    assert the_pointer(registry).model_version == "2"
    assert the_pointer(registry).metrics["macro_f1"] > 0.65


def test_if_all_is_well_nothing_changes(
    registry: Registry, make_version: MakeVersion, ensured: Callable[[], str], s3: S3Client
) -> None:
    registry.promote(make_version("great"))
    before = s3.head_object(Bucket=registry.store.bucket, Key=POINTER_KEY)["LastModified"]
    assert ensured() == "Version 1 is in production; nothing to do."
    assert s3.head_object(Bucket=registry.store.bucket, Key=POINTER_KEY)["LastModified"] == before


def test_an_alias_left_behind_by_a_crash_is_moved(
    registry: Registry,
    make_version: MakeVersion,
    ensured: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry.promote(make_version("great"))
    second = make_version("fine")
    with monkeypatch.context() as patch:
        patch.setattr("training.registry.registry.Registry.settle_alias", _crash)
        with pytest.raises(KeyboardInterrupt):
            registry.promote(second)
    assert ensured() == "Version 2 is in production; the alias named version 1 and was moved to it."


def _crash(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_alias_that_was_moved_or_removed_returns_to_production(
    registry: Registry, make_version: MakeVersion, ensured: Callable[[], str]
) -> None:
    registry.promote(make_version("great"))
    registry.tracking.set_production(make_version("fine"))
    assert "the alias named version 2 and was moved" in ensured()
    registry.tracking.client.delete_registered_model_alias("sentiment", "production")
    assert "the alias was missing and was moved" in ensured()
    assert the_pointer(registry).model_version == "1"


def test_the_served_version_is_restored_in_mlflow_that_lost_it(
    registry: Registry, make_version: MakeVersion, ensured: Callable[[], str]
) -> None:
    for word in ("great", "fine", "nice"):
        registry.promote(make_version(word))
    before = the_pointer(registry)
    forget_versions(registry.tracking)
    assert ensured() == "MLflow had lost version 3, which is served. Restored it as version 3."
    after = the_pointer(registry)
    assert after == before.model_copy(update={"run_id": after.run_id, "change": after.change})
    assert after.change is not None
    assert after.change.kind == "repair"
    found = registry.tracking.version("3")
    assert registry.export_of(found) == tiny_artifact("nice")
    assert registry.tracking.run(found.run_id).metrics["macro_f1"] == 0.8
    for lost in ("1", "2"):
        with pytest.raises(PromotionRefusedError):
            registry.tracking.version(lost)
    assert make_version("next") == "4"


def test_a_number_given_to_another_model_since_is_not_shared(
    registry: Registry, make_version: MakeVersion, ensured: Callable[[], str]
) -> None:
    registry.promote(make_version("great"))
    forget_versions(registry.tracking)
    make_version("newcomer")
    assert ensured() == "MLflow had lost version 1, which is served. Restored it as version 2."
    assert registry.store.read_artifact(the_pointer(registry)) == tiny_artifact("great")


def test_an_interrupted_restoration_is_finished(
    registry: Registry,
    make_version: MakeVersion,
    ensured: Callable[[], str],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry.promote(make_version("great"))
    forget_versions(registry.tracking)
    with monkeypatch.context() as patch:
        patch.setattr("training.registry.storage.ArtifactStore.write_pointer", _crash)
        with pytest.raises(KeyboardInterrupt):
            ensure_with(settings)
    assert ensured().endswith("Restored it as version 1.")


def test_a_lost_pointer_comes_back_from_the_registry(
    registry: Registry, make_version: MakeVersion, ensured: Callable[[], str], s3: S3Client
) -> None:
    registry.promote(make_version("great"))
    make_version("never promoted")
    s3.delete_object(Bucket=registry.store.bucket, Key=POINTER_KEY)
    assert ensured() == "Version 1 is promoted again (there was no pointer)."
    assert the_pointer(registry).model_version == "1"


@pytest.mark.parametrize("content", [b"", b"{", b"null", b'{"model_version": 7}', b"\xff\xfe"])
def test_a_pointer_that_cannot_be_read_is_replaced(
    registry: Registry,
    make_version: MakeVersion,
    ensured: Callable[[], str],
    s3: S3Client,
    content: bytes,
) -> None:
    registry.promote(make_version("great"))
    s3.put_object(Bucket=registry.store.bucket, Key=POINTER_KEY, Body=content)
    assert ensured().startswith("Version 1 is promoted again (")


@pytest.mark.parametrize("damage", ["removed", "altered", "cut off"])
def test_a_damaged_artifact_is_exported_again(
    registry: Registry,
    make_version: MakeVersion,
    ensured: Callable[[], str],
    s3: S3Client,
    damage: str,
) -> None:
    pointer = registry.promote(make_version("great")).pointer
    bucket, key = pointer.artifact_location
    if damage == "removed":
        s3.delete_object(Bucket=bucket, Key=key)
    else:
        body = tiny_artifact("other") if damage == "altered" else tiny_artifact("great")[:-5]
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    assert ensured().startswith("Version 1 is promoted again (")
    assert registry.store.read_artifact(the_pointer(registry)) == tiny_artifact("great")


def test_with_artifact_and_registry_lost_a_new_model_is_trained(
    registry: Registry, make_version: MakeVersion, trainable: Callable[[], str], s3: S3Client
) -> None:
    pointer = registry.promote(make_version("great")).pointer
    bucket, key = pointer.artifact_location
    s3.delete_object(Bucket=bucket, Key=key)
    forget_versions(registry.tracking)
    assert f"is promoted ({pointer.artifact_uri} is missing" in trainable()


def test_a_first_model_that_the_gate_rejects_is_not_promoted(
    registry: Registry,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("feature_repo.ingest.files.load_sample", lambda *until: load_sample(*until)[::6])
    monkeypatch.setattr("training.runs.scoring.GateSettings", partial(GateSettings, first_floor=0.999))
    with pytest.raises(PromotionRefusedError, match="Nothing is served\\. Rejected"):
        ensure_with(settings)
    assert registry.store.read_pointer().pointer is None
    assert registry.tracking.production() is None
    entries = [(entry.kind, entry.outcome) for entry in registry.audit.entries()]
    assert entries == [("decision", "rejected"), ("ended", "done")]


def test_an_emptied_bucket_gets_a_new_model_though_mlflow_has_the_old_one(
    registry: Registry, make_version: MakeVersion, trainable: Callable[[], str], s3: S3Client
) -> None:
    run_id = registry.promote(make_version("great")).pointer.run_id
    wipe(s3, registry.store.bucket)
    for name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if bucket["Name"].startswith("mlflow-")]:
        wipe(s3, name, of_run=run_id)
    said = trainable()
    now = "Version 2, trained on the built-in sample, is promoted"
    assert said.startswith(f"{now} (there was no pointer; Version 1 has no serving export")
    assert the_pointer(registry).model_version == "2"


@pytest.mark.parametrize("alias", ["in place", "lost"])
def test_an_anchor_that_cannot_be_scored_is_replaced(
    registry: Registry, make_version: MakeVersion, ensured: Callable[[], str], s3: S3Client, alias: str
) -> None:
    anchor = registry.promote(make_version("great")).pointer
    served = registry.promote(make_version("fine")).pointer
    s3.delete_object(Bucket=registry.store.bucket, Key=anchor.artifact_location[1])
    if alias == "lost":
        registry.tracking.client.delete_registered_model_alias("sentiment", "production")
    assert ensured().endswith(
        "The anchor, version 1, could no longer be scored: version 2, which is served, is the anchor now."
    )
    assert read_anchor(registry.store) == served
    replaced = [entry for entry in registry.audit.entries() if entry.kind == "anchor"]
    assert [(entry.version, entry.previous_version) for entry in replaced] == [("2", "1")]


def wipe(s3: S3Client, bucket: str, *, of_run: str = "") -> None:
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []) if of_run in item["Key"]]
    assert keys
    for key in keys:
        s3.delete_object(Bucket=bucket, Key=key)


@pytest.fixture
def deleted_experiment(registry: Registry, make_version: MakeVersion) -> Iterator[str]:
    """The id of the project's experiment, deleted in MLflow."""
    make_version("great")
    experiment = mlflow.get_experiment_by_name("sentiment")
    assert experiment is not None
    registry.tracking.client.delete_experiment(experiment.experiment_id)
    yield experiment.experiment_id
    registry.tracking.client.restore_experiment(experiment.experiment_id)


def test_a_deleted_experiment_is_named_with_the_command_to_restore_it(
    settings: Settings, registry: Registry, deleted_experiment: str
) -> None:
    with pytest.raises(TrackingError, match="experiment sentiment was deleted") as refused:
        ensure_with(settings)
    assert str(refused.value).endswith(f"mlflow experiments restore --experiment-id {deleted_experiment}")
    assert "\n" not in str(refused.value)
    assert registry.store.read_pointer().pointer is None


def test_the_registered_model_survives_its_experiment_being_renamed(
    registry: Registry, make_version: MakeVersion, ensured: Callable[[], str]
) -> None:
    registry.promote(make_version("great"))
    experiment = mlflow.get_experiment_by_name("sentiment")
    assert experiment is not None
    registry.tracking.client.rename_experiment(experiment.experiment_id, f"old {registry.store.bucket}")
    assert ensured().endswith("nothing to do.")
