"""Every offline store gives the same frame, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from feature_repo.frame.frame import training_frame
from feature_repo.ingest import ingest_sample, update_product_stats
from feature_repo.settings import Settings
from tests.integration.feature_repo.planted import UNTIL, Planted, days_ago

if TYPE_CHECKING:
    from feature_repo.lake.objects import Lake


@pytest.mark.timeout(600)
def test_ray_gives_the_same_frame_byte_for_byte(lake_settings: Settings, lake: Lake) -> None:
    ingest_sample(lake_settings, UNTIL)
    update_product_stats(lake_settings)
    planted = Planted()
    twin = days_ago(12)
    for text in ("one", "another of the same product and time"):
        planted.review(text, at=twin, product="p")
        planted.review(f"{text}, of no product", at=twin)
    planted.put(lake)
    by_duckdb = training_frame(lake_settings, UNTIL)
    lake.delete([one.key for one in lake.list("datasets/")])
    # In a separate process, so that Ray's processes end with it.
    command = [sys.executable, "-m", "feature_repo", "frame", "--until", UNTIL.strftime("%Y-%m-%dT%H:%M:%S")]
    environment = os.environ | {"FEATURE_OFFLINE_STORE": "ray", "LAKE_BUCKET": lake.bucket}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    by_ray, _ = json.JSONDecoder().raw_decode(done.stdout, done.stdout.index("{"))  # Ray's workers print to stdout, too
    assert by_ray["sha256"] == by_duckdb.sha256
    assert by_ray["rows"] == by_duckdb.rows
    assert lake.get(f"datasets/{by_duckdb.sha256}/manifest.json") == by_duckdb.to_json()


def test_an_unknown_offline_store_is_refused() -> None:
    with pytest.raises(ValidationError, match="duckdb"):
        Settings.model_validate({"lake_bucket": "lake", "feature_offline_store": "postgres"})
