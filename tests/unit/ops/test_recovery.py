"""After a crash, the losses are reported in numbers, and tables, counters and lake are reconciled."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal
from ops import aws, cli, outputs, recovery
from ops.recovery import describe, sentences

if TYPE_CHECKING:
    from pathlib import Path

CRASH = {
    "detected_at": "2026-01-01T10:00:10+00:00",
    "run_began_at": "2026-01-01T09:00:00+00:00",
    "snapshot_at": "2026-01-01T10:00:00+00:00",
    "last_write_at": "2026-01-01T10:00:05+00:00",
    "replayed": {"PutItem": 3, "TransactWriteItems": 2},
    "refused": {},
}


def test_what_was_replayed_is_counted() -> None:
    first, second = describe(CRASH)
    assert "5 acknowledged writes made since then were replayed" in first
    assert second.startswith("Lost: no acknowledged write.")


def test_what_was_lost_is_counted_with_its_window() -> None:
    _, lost = describe(CRASH | {"refused": {"TransactWriteItems": 4}})
    assert lost == (
        "Lost: 4 acknowledged writes (4 TransactWriteItems) "
        "between 2026-01-01T10:00:00+00:00 and 2026-01-01T10:00:05+00:00."
    )


def test_a_crash_without_writes_says_so() -> None:
    assert "nothing was written since" in describe(CRASH | {"replayed": {}, "last_write_at": None})[0]


def test_a_journal_line_that_cannot_be_read_is_reported_as_lost() -> None:
    _, lost = describe(CRASH | {"refused": {"unreadable": 1}, "replayed": {}, "last_write_at": None})
    assert lost == (
        "Lost: 1 acknowledged writes (1 unreadable) between 2026-01-01T10:00:00+00:00 and 2026-01-01T10:00:10+00:00."
    )


def test_a_record_cut_short_by_another_crash_is_still_reported() -> None:
    (sentence,) = sentences('{"detected_at": "2026-')
    assert "was killed" in sentence


def test_a_crash_while_reconciling_is_kept_for_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json"))
    records = tmp_path / "emulator" / "recoveries.jsonl"
    records.parent.mkdir()
    records.write_text(json.dumps(CRASH) + "\n")

    def crash_again(*_: object, **__: object) -> str:
        records.write_text(json.dumps(CRASH | {"snapshot_at": "2026-01-02T10:00:00+00:00"}) + "\n")
        return json.dumps({"archived": 1, "unresolved": 0})

    monkeypatch.setattr(recovery, "run", crash_again)
    monkeypatch.setattr(outputs, "for_commands", lambda _loop, found: found)

    recovery.after_crash(loop, {})

    assert "last snapshot is from 2026-01-02" in recovery.crashes(loop)[0]
    assert len(recovery.crashes(loop)) == 2, "of one crash"


@pytest.mark.parametrize("unresolved", [0, 2])
def test_what_could_not_be_reconciled_is_reported_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unresolved: int
) -> None:
    monkeypatch.setattr(recovery, "run", lambda *_, **__: json.dumps({"archived": 1, "unresolved": unresolved}))
    monkeypatch.setattr(outputs, "for_commands", lambda _loop, found: found)
    said = io.StringIO()
    loop = open_loop(Settings(local_dir=tmp_path), Terminal(tmp_path / "timings.json", Console(file=said, width=500)))
    notes = tmp_path / "emulator" / "recoveries.jsonl"
    notes.parent.mkdir()
    notes.write_text(json.dumps(CRASH) + "\n")

    recovery.after_crash(loop, {})

    sentence = "! 2 records could not be reconciled and are unchanged"
    assert (sentence in said.getvalue()) is bool(unresolved)
    assert (f"{loop.settings.logs_dir / 'reconcile.log'} names." in said.getvalue()) is bool(unresolved)


@pytest.mark.parametrize("target", ["local", "localstack", "aws"])
def test_reconciling_by_hand_works_on_the_loop_of_every_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    ran: dict[str, object] = {}

    def run(command: list[str], **options: object) -> str:
        ran.update(options, command=command)
        return json.dumps({"feedback_restored": 3, "unresolved": 0})

    monkeypatch.setattr(recovery, "run", run)
    monkeypatch.setattr(aws, "check_access", lambda *_: None)
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("TARGET", target)
    folder = Settings().state_dir
    folder.mkdir(exist_ok=True)
    addresses = {"api_url": "http://api", "api_key": "key", "endpoint": "http://aws", "mlflow_url": "http://mlflow"}
    found = {output: f"the loop's {output}" for output in outputs.OF_STACKS.values()} | addresses
    others = {
        "mwaa_url": "http://mwaa",
        "airflow_url": "http://airflow",
        "reviewers_api_key": "other key",
        "ReviewersApiKeyId": "id",
        "MonitoringTable": "monitoring",
    }
    (folder / "outputs.json").write_text(json.dumps(found | others))

    cli.cli(["reconcile", "--since", "2026-11-01"], standalone_mode=False)

    assert ran["command"] == [sys.executable, "-m", "ops.reconcile", "--since", "2026-11-01"]
    environment = ran["environment"]
    assert isinstance(environment, dict)
    assert environment["QUALITY_TABLE"] == "the loop's QualityTable"
    assert environment.get("AWS_ENDPOINT_URL") == (None if target == "aws" else "http://aws")
    assert "• Reconciled: 3 feedback restored, 0 unresolved\n" in capsys.readouterr().out
