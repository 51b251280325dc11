"""`make traffic`: visitors, then the ingest of their reviews with stars."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from ops import cli, traffic

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Ran = Callable[[], list[list[str]]]

NAMES = (
    *("ArtifactsBucket", "LakeBucket", "PredictionsTable", "FeedbackTable", "QualityTable", "AuditTable"),
    *("MonitoringTable", "ProductStatsTable", "RetrainFunction", "ReviewersApiKeyId"),
)
PROGRAM = """
import os, signal, sys
from pathlib import Path
with open(os.environ["RAN"], "a") as ran:
    print(*sys.argv[1:], os.environ["LAKE_BUCKET"], file=ran)
if sys.argv[1] == "feature_repo":
    sys.exit(int(os.environ.get("INGEST", "0")))
if os.environ.get("WAIT"):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    print("waiting", file=open(os.environ["WAIT"], "w"))
    signal.pause()
if "EXPORT" in os.environ:
    Path(os.environ["EXPORT"]).write_text(os.environ.get("WROTE", ""))
sys.exit(int(os.environ.get("VISITORS", "0")))
"""


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """A deployed loop, and programs that log their arguments to a file."""
    (tmp_path / "program.py").write_text(PROGRAM)
    monkeypatch.setattr(traffic, "_MODULE", [sys.executable, str(tmp_path / "program.py")])
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("RAN", str(tmp_path / "ran"))
    addresses = {"api_url": "http://api", "api_key": "key", "endpoint": "http://aws", "mlflow_url": "http://mlflow"}
    others = {"mwaa_url": "http://mwaa", "airflow_url": "http://airflow", "reviewers_api_key": "other key"}
    found = {output: output for output in NAMES} | addresses | others
    (tmp_path / "outputs.json").write_text(json.dumps(found))
    return lambda: [line.split() for line in (tmp_path / "ran").read_text().splitlines()]


def exit_code() -> object:
    with pytest.raises(SystemExit) as ended:
        cli.cli(["traffic"], standalone_mode=False)
    return ended.value.code


def test_the_reviews_of_visitors_are_ingested_into_the_loops_lake(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WROTE", "{}\n{}\n")

    assert exit_code() == 0
    assert list(tmp_path.glob("export-*")) == []
    visitors, ingest = ran()
    assert visitors == ["traffic", "LakeBucket"]
    assert (ingest[0], ingest[1], ingest[-1]) == ("feature_repo", "ingest", "LakeBucket")


def test_nothing_is_ingested_when_visitors_wrote_nothing(ran: Ran) -> None:
    assert exit_code() == 0
    assert len(ran()) == 1


def test_failed_visits_do_not_prevent_the_ingest_and_are_reported(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WROTE", "{}\n")
    monkeypatch.setenv("VISITORS", "1")

    assert exit_code() == 1
    assert len(ran()) == 2


def test_reviews_that_could_not_be_ingested_are_kept_in_a_named_file(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WROTE", "{}\n")
    monkeypatch.setenv("INGEST", "2")

    assert exit_code() == 1
    (kept,) = tmp_path.glob("export-*.jsonl")
    assert kept.read_text() == "{}\n"
    assert f"-m feature_repo ingest {kept}" in capsys.readouterr().out
    assert len(ran()) == 2


def test_reviews_of_the_users_files_are_not_ingested(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    """They have their own times, unlike today's visits."""
    monkeypatch.setenv("FILES", "mine.jsonl")
    monkeypatch.setenv("WROTE", "{}\n")

    assert exit_code() == 0
    assert len(ran()) == 1


@pytest.mark.parametrize("code", [130, 143])
def test_nothing_is_ingested_when_the_visitors_are_stopped(
    ran: Ran, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setenv("WROTE", "{}\n")
    monkeypatch.setenv("VISITORS", str(code))

    assert exit_code() == code
    assert len(ran()) == 1


def test_sigterm_is_forwarded_to_the_visitors(ran: Ran, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "waiting")
    monkeypatch.setenv("WAIT", str(tmp_path / "waiting"))

    def end() -> None:
        (tmp_path / "waiting").read_text()  # until the visitors are ready
        os.kill(os.getpid(), signal.SIGTERM)

    ending = threading.Thread(target=end, daemon=True)
    ending.start()
    assert exit_code() == 130
    ending.join()
    assert len(ran()) == 1
