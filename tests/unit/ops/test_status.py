"""What `make status` says of feedback."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal
from ops import aws, outputs, status

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop


VOUCHING = "a client that vouches for its users (FEEDBACK_VOUCHING_KEYS), see docs/retraining.md"


class FakeS3:
    """The lake's bucket, with the manifest of feedback if an ingest wrote one."""

    def __init__(self, manifest: bytes | None) -> None:
        self._manifest = manifest

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 (boto3's own names)
        assert (Bucket, Key) == ("lake", "offline/sources/feedback.json")
        if self._manifest is None:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "no"}}, "GetObject")
        return {"Body": io.BytesIO(self._manifest)}


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loop:
    monkeypatch.setattr(outputs, "read", lambda _loop: {"LakeBucket": "lake"})
    for setting in ("FEEDBACK_CLIENT_LABELS", "FEEDBACK_VOUCHING_KEYS"):
        monkeypatch.delenv(setting, raising=False)
    return open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))


@pytest.mark.parametrize(
    ("reviewed", "settings", "note"),
    [
        (
            0,
            {},
            f"at most 2,000 a client; for more: labels by reviewers and {VOUCHING}",
        ),
        (
            3,
            {"FEEDBACK_CLIENT_LABELS": "50"},
            f"at most 50 a client; for more: {VOUCHING}",
        ),
        (3, {"FEEDBACK_VOUCHING_KEYS": "abc"}, "at most 2,000 a client"),
    ],
)
def test_the_row_of_feedback_says_what_it_taught_and_what_is_missing_for_more(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, reviewed: int, settings: dict[str, str], note: str
) -> None:
    counts = {"kept": 1234, "set_aside": {status.REVIEWED: reviewed}}
    s3 = FakeS3(json.dumps({"counts": counts}).encode())
    monkeypatch.setattr(aws, "client", lambda _loop, service: {"s3": s3}[service])
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    (row,) = (row for row in status.ask_all(loop) if row.name == "feedback")

    assert (row.ok, row.state, row.note) == (True, "1,234 labels", note)


@pytest.mark.parametrize("manifest", [None, b"no json", b"[]", b'{"counts": {}}'])
def test_there_is_no_row_of_feedback_before_an_ingest(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, manifest: bytes | None
) -> None:
    monkeypatch.setattr(aws, "client", lambda _loop, service: {"s3": FakeS3(manifest)}[service])
    assert [row for row in status.ask_all(loop) if row.name == "feedback"] == []
