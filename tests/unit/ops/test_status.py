"""What `make status` says besides the state of the servers."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from feature_repo.lake.keys import FEEDBACK
from feature_repo.lake.keys import manifest as manifest_key
from local.loop import open_loop
from local.monitoring.servers import INSTALLED
from local.settings import Settings
from local.terminal import Terminal
from ops import aws, outputs, status
from ops.drills.record import Record

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop
    from ops.status import Row


VOUCHING = "a client that vouches for its users (FEEDBACK_VOUCHING_KEYS), see docs/retraining.md"


class FakeS3:
    """The lake's bucket, with the manifest of feedback if an ingest wrote one."""

    def __init__(self, manifest: bytes | None) -> None:
        self._manifest = manifest

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 (boto3's own names)
        assert (Bucket, Key) == ("lake", manifest_key(FEEDBACK))
        if self._manifest is None:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "no"}}, "GetObject")
        return {"Body": io.BytesIO(self._manifest)}


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loop:
    monkeypatch.setattr(outputs, "read", lambda _loop: {"LakeBucket": "lake"})
    return open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))


def feedback_rows(loop: Loop, monkeypatch: pytest.MonkeyPatch, manifest: bytes | None) -> list[Row]:
    monkeypatch.setattr(aws, "client", lambda _loop, service, **_: {"s3": FakeS3(manifest)}[service])
    return [row for row in status.ask_all(loop) if row.name == "feedback"]


@pytest.mark.parametrize(
    ("reviewed", "vouching", "note"),
    [
        (0, 0, f"at most 2,000 a client; for more: labels by reviewers and {VOUCHING}"),
        (3, 0, f"at most 2,000 a client; for more: {VOUCHING}"),
        (3, 1, "at most 2,000 a client"),
    ],
)
def test_the_row_of_feedback_says_what_it_taught_and_what_is_missing(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, reviewed: int, vouching: int, note: str
) -> None:
    manifest = {
        "counts": {"kept": 1234},
        "made_from": {"labels_a_client": "2000", "vouching_clients": str(vouching), "reviewed": str(reviewed)},
    }
    (row,) = feedback_rows(loop, monkeypatch, json.dumps(manifest).encode())
    assert (row.ok, row.state, row.note) == (True, "1,234 labels", note)


def test_there_is_no_row_of_feedback_before_an_ingest(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert feedback_rows(loop, monkeypatch, None) == []


@pytest.mark.parametrize("manifest", [b"no json", b"[]", b'{"counts": {}}'])
def test_a_damaged_manifest_is_named(loop: Loop, monkeypatch: pytest.MonkeyPatch, manifest: bytes) -> None:
    assert [row.state for row in feedback_rows(loop, monkeypatch, manifest)] == ["unknown"]


def test_servers_that_a_machine_cannot_have_are_no_failure(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    names = {server.name for server in INSTALLED}

    rows = [row for row in status.ask_all(loop) if row.name in names]

    assert {(row.name, row.ok, row.absent, row.state) for row in rows} == {
        (name, True, True, "not installed") for name in names
    }


def test_an_installed_server_that_does_not_run_is_down(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "prometheus").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    (row,) = [row for row in status.ask_all(loop) if row.name == "prometheus"]

    assert (row.ok, row.state) == (False, "down")


def test_a_drill_that_was_interrupted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    shown = Terminal(tmp_path / "timings.json", Console(file=printed, width=200))
    loop = open_loop(Settings(local_dir=tmp_path), shown)
    monkeypatch.setattr(status, "ask_all", lambda _loop: [])
    Record(tmp_path, "ErrorRatio").save()

    status.status(loop)

    assert "A drill of ErrorRatio goes on, or was interrupted: then make drill mends it." in printed.getvalue()
