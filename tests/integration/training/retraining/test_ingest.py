"""The step `ingest`: what is in the lake after it, whatever happened to an earlier attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from feature_repo.ingest import ingest_sample
from feature_repo.lake.keys import LABELS, SAMPLE, manifest
from feature_repo.lake.manifest import read_manifests
from feature_repo.lake.objects import Lake
from sentiment.clock import utc_now
from sentiment.reviews.sample import load_sample
from tests.integration.feature_repo.lakes import check_finished, rows
from training.errors import AnotherKeyError
from training.retraining.run import Run
from training.retraining.steps import INGEST

if TYPE_CHECKING:
    from tests.integration.training.versions import MakeVersion
    from training.retraining.run import RetrainingSettings


@pytest.fixture
def small_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feature_repo.ingest.files.load_sample", lambda *until: load_sample(*until)[::12])


@pytest.mark.usefixtures("small_sample")
def test_a_sample_left_half_written_is_moved_and_not_removed(
    settings: RetrainingSettings,
) -> None:
    lake = Lake(settings.features)
    ingest_sample(settings.features, utc_now() - timedelta(days=3))
    reviews = len(rows(lake, LABELS))
    lake.delete([manifest(SAMPLE)])  # as left by a process killed while it moves the sample
    Run(settings, "again").do(INGEST)
    assert Run(settings, "again").result(INGEST).counts["sample"]["kept"] == reviews
    assert len(rows(lake, LABELS)) == reviews
    assert read_manifests(lake)[SAMPLE].replayed_until == f"{utc_now():%Y-%m-%d}"
    check_finished(lake)


def test_a_lake_without_the_sample_does_not_get_it(settings: RetrainingSettings) -> None:
    Run(settings, "own-data").do(INGEST)
    assert list(Run(settings, "own-data").result(INGEST).counts) == ["archive"]
    assert SAMPLE not in read_manifests(Lake(settings.features))


def test_another_key_than_that_of_production_is_refused_first(
    settings: RetrainingSettings, make_version: MakeVersion
) -> None:
    run = Run(settings, "another-key")
    run.registry.promote(make_version("great"))
    stored = run.registry.store.read_pointer()
    assert stored.pointer
    pointer = stored.pointer.model_copy(update={"held_out_key": "0123456789abcdef"})
    run.registry.store.write_pointer(pointer, replacing=stored)
    with pytest.raises(AnotherKeyError, match="Version 1, which is in production, holds out reviews by the key 012345"):
        run.do(INGEST)
    assert not list(Lake(settings.features).list("offline/"))
