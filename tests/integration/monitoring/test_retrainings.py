"""How the last retraining ended, from the audit log in S3."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from monitoring.monitor.retrainings import Retraining, Retrainings

if TYPE_CHECKING:
    from tests.integration.resources import Resources

NOW = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)


def record(resources: Resources, kind: str, at: datetime) -> None:
    key = f"audit/{at:%Y%m%dT%H%M%S.%fZ}-{kind}.json"
    body = json.dumps({"kind": kind, "at": at.isoformat()}).encode()
    resources.s3.put_object(Bucket=resources.artifacts, Key=key, Body=body)


@pytest.mark.parametrize(("kind", "failed"), [("decision", False), ("ended", False), ("failure", True)])
def test_the_last_end_counts_however_long_ago_it_was(resources: Resources, kind: str, *, failed: bool) -> None:
    ended = NOW - timedelta(days=300)
    record(resources, "decision", ended - timedelta(days=7))
    record(resources, kind, ended)
    record(resources, "rollback", NOW - timedelta(days=1))

    assert Retrainings(resources.artifacts, resources.s3).last(NOW) == Retraining(ended, failed)


def test_a_loop_without_a_retraining_has_no_last_one(resources: Resources) -> None:
    record(resources, "promotion", NOW - timedelta(days=1))

    assert Retrainings(resources.artifacts, resources.s3).last(NOW) is None
