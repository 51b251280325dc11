"""Buckets of the quality counters: spread evenly, and those without a shard are still read."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from sentiment.schemas.bucket import PATTERN, SHARDS, shard_of, without_shard
from sentiment.schemas.prediction_id import new_prediction_id

COUNTERS = "2026-11-23T12#3#voluntary"


def test_predictions_of_one_moment_spread_evenly_over_the_shards() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    found = Counter(shard_of(new_prediction_id(now)) for _ in range(1000 * SHARDS))

    assert sorted(found) == list(range(SHARDS))
    assert all(800 < count < 1200 for count in found.values())  # six standard deviations


@pytest.mark.parametrize("bucket", [COUNTERS, f"{COUNTERS}#0", f"{COUNTERS}#15"])
def test_buckets_with_and_without_shard_belong_to_the_same_counters(bucket: str) -> None:
    assert re.match(PATTERN, bucket)
    assert without_shard(bucket) == COUNTERS


@pytest.mark.parametrize("bucket", [f"{COUNTERS}#", f"{COUNTERS}#x", f"{COUNTERS}#1#2", "2026-11-23T12#3#thumbs#1"])
def test_a_key_of_another_form_is_no_bucket(bucket: str) -> None:
    assert not re.match(PATTERN, bucket)
