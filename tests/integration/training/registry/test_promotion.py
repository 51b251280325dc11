"""A promotion writes the pointer, whole or not at all, and the alias follows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from sentiment.model.artifact import load
from sentiment.schemas.pointer import POINTER_KEY, Pointer
from tests.integration.training.versions import served, tiny_artifact
from training.errors import PromotionConflictError, PromotionRefusedError, TrackingError
from training.registry.registry import Promotion, Registry
from training.registry.storage import ArtifactStore, StoredPointer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tests.integration.training.versions import MakeVersion
    from training.registry.tracking import Tracking
    from training.settings import Settings


def alias(registry: Registry) -> str | None:
    production = registry.tracking.production()
    return production.version if production else None


def test_a_promoted_version_is_what_pointer_artifact_and_alias_name(
    registry: Registry, make_version: MakeVersion
) -> None:
    version = make_version("great")
    promotion = registry.promote(version)
    stored = registry.store.read_pointer().pointer
    assert stored is not None
    assert promotion == Promotion(stored, changed=True)
    assert (stored.model_version, alias(registry)) == (version, version)
    data = registry.store.read_artifact(stored)
    assert data == tiny_artifact("great")
    assert load(data, sha256=stored.sha256).training["window"]["replayed"]
    assert stored.metrics == {"macro_f1": 0.8}
    assert stored.data_window.replayed


def test_the_pointer_has_the_previous_version(registry: Registry, make_version: MakeVersion) -> None:
    first, second = make_version("great"), make_version("fine")
    registry.promote(first)
    assert registry.promote(second).pointer.previous_version == first


def test_promoting_the_served_version_again_changes_nothing(
    registry: Registry, make_version: MakeVersion, s3: S3Client
) -> None:
    first, second = make_version("great"), make_version("fine")
    registry.promote(first)
    registry.promote(second)
    before = s3.get_object(Bucket=registry.store.bucket, Key=POINTER_KEY)
    promotion = registry.promote(second)
    after = s3.get_object(Bucket=registry.store.bucket, Key=POINTER_KEY)
    assert not promotion.changed
    assert promotion.pointer.previous_version == first
    assert after["LastModified"] == before["LastModified"]
    assert after["Body"].read() == before["Body"].read()


def test_an_earlier_version_can_be_promoted_again(registry: Registry, make_version: MakeVersion) -> None:
    first, second = make_version("great"), make_version("fine")
    registry.promote(first)
    registry.promote(second)
    registry.promote(first)
    assert (served(registry), alias(registry)) == (first, first)


def test_a_version_that_does_not_exist_is_refused(registry: Registry, make_version: MakeVersion) -> None:
    registry.promote(make_version("great"))
    for name in ("77", "0", "-1", "latest", "1/../2", "production", ""):
        with pytest.raises(PromotionRefusedError, match="no version"):
            registry.promote(name)
    assert (served(registry), alias(registry)) == ("1", "1")


@pytest.mark.parametrize(
    ("export", "checksum", "reason"),
    [
        (b"not an artifact", None, "not gzip"),
        (tiny_artifact()[:-9], None, "truncated"),
        (tiny_artifact(), "0" * 64, "sha256"),
    ],
)
def test_an_artifact_that_does_not_load_is_refused_before_anything_changes(
    registry: Registry, make_version: MakeVersion, export: bytes, checksum: str | None, reason: str
) -> None:
    registry.promote(make_version("great"))
    bad = make_version("bad", export=export, checksum=checksum)
    with pytest.raises(PromotionRefusedError, match=reason):
        registry.promote(bad)
    assert (served(registry), alias(registry)) == ("1", "1")


class MeetingStore(ArtifactStore):
    """A store in which both promotions have read the pointer before either writes it."""

    barrier: threading.Barrier

    def write_pointer(self, pointer: Pointer, *, replacing: StoredPointer) -> None:
        self.barrier.wait(timeout=30)
        super().write_pointer(pointer, replacing=replacing)


@pytest.mark.parametrize("promoted", [True, False], ids=["over another one", "as the first"])
def test_of_two_concurrent_promotions_one_wins_and_the_other_fails(
    registry: Registry, make_version: MakeVersion, settings: Settings, *, promoted: bool
) -> None:
    if promoted:
        registry.promote(make_version("great"))
    versions = [make_version("fine"), make_version("nice")]
    store = MeetingStore(settings.artifacts_bucket, region=settings.aws_region)
    store.barrier = threading.Barrier(2)
    outcomes: dict[str, Promotion | PromotionConflictError] = {}

    def promote(version: str) -> None:
        try:
            outcomes[version] = Registry(registry.tracking, store).promote(version)
        except PromotionConflictError as error:
            outcomes[version] = error

    threads = [threading.Thread(target=promote, args=(version,)) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    winners = [version for version, outcome in outcomes.items() if isinstance(outcome, Promotion)]
    assert len(outcomes) == 2
    assert len(winners) == 1
    assert (served(registry), alias(registry)) == (winners[0], winners[0])


class OvertakenStore(ArtifactStore):
    """A store in which another promotion runs completely right after a write."""

    other: Registry | None = None
    other_version = ""

    def write_pointer(self, pointer: Pointer, *, replacing: StoredPointer) -> None:
        super().write_pointer(pointer, replacing=replacing)
        if self.other:
            other, self.other = self.other, None
            other.promote(self.other_version)


def test_the_alias_follows_the_pointer_however_two_promotions_interleave(
    registry: Registry, make_version: MakeVersion, settings: Settings
) -> None:
    first, second = make_version("great"), make_version("fine")
    store = OvertakenStore(settings.artifacts_bucket, region=settings.aws_region)
    store.other, store.other_version = registry, second
    Registry(registry.tracking, store).promote(first)
    assert (served(registry), alias(registry)) == (second, second)


class RepeatingClient:
    """A client that loses the answer to a write and writes again."""

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    def put_object(self, **arguments: Any) -> object:  # noqa: ANN401 - handed through
        self._client.put_object(**arguments)
        return self._client.put_object(**arguments)


def test_a_write_whose_answer_was_lost_is_not_a_conflict(
    registry: Registry, make_version: MakeVersion, settings: Settings, s3: S3Client
) -> None:
    client = cast("S3Client", RepeatingClient(s3))
    store = ArtifactStore(settings.artifacts_bucket, region=settings.aws_region, client=client)
    for word in ("great", "fine"):
        version = make_version(word)
        assert Registry(registry.tracking, store).promote(version).changed
        assert (served(registry), alias(registry)) == (version, version)


def test_mlflow_failing_after_the_pointer_was_written_is_reported(
    registry: Registry, make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.promote(make_version("great"))
    second = make_version("fine")

    def fail(_: Tracking, __: str) -> None:
        raise TrackingError("MLflow went away.")

    with monkeypatch.context() as patch:
        patch.setattr("training.registry.tracking.Tracking.set_production", fail)
        with pytest.raises(TrackingError, match="Version 2 is served, but its alias was not moved"):
            registry.promote(second)
    assert (served(registry), alias(registry)) == ("2", "1")
