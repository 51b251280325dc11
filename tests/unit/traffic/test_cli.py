"""The command as a process: its summary and its exit code."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from tests.unit.traffic.api import says, serving, well
from traffic.settings import Settings

if TYPE_CHECKING:
    from tests.unit.traffic.api import Reply

ROOT = Path(__file__).parents[3]


def start(url: str, **settings: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "API_URL": url, "API_KEY": "key", "RATE": "500", "SEED": "5", **settings}
    command = [sys.executable, "-m", "traffic"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def test_the_summary_accounts_for_every_review_sent() -> None:
    with serving(well) as api:
        process = start(api.url, COUNT="50")
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 0, said
    assert "50 reviews: " in said
    assert "0 failed" in said
    assert "95 % interval" in said
    assert "50 verdicts: " in said


def test_a_reviewer_comes_after_the_visitors_with_a_key_of_their_own() -> None:
    def answer(path: str, body: dict[str, Any]) -> Reply:
        return says(200, {"waiting": [], "next": None}) if path == "/audit" else well(path, body)

    with serving(answer) as api:
        process = start(api.url, COUNT="5", REVIEWERS_API_KEY="reviewers", REVIEWED="1")
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 0, said
    assert [path for (path, _), key in zip(api.calls, api.keys, strict=True) if key == "reviewers"] == ["/audit"]
    assert api.calls[-1][0] == "/audit"


def test_a_reviewer_who_is_refused_is_named_and_makes_the_exit_code_1() -> None:
    def answer(path: str, body: dict[str, Any]) -> Reply:
        return says(403, {"error": {"code": "forbidden"}}) if path == "/audit" else well(path, body)

    with serving(answer) as api:
        process = start(api.url, COUNT="5", REVIEWERS_API_KEY="reviewers")
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "the reviewer stopped: /audit: 403 forbidden" in said


def test_what_visitors_wrote_is_exported_with_stars(tmp_path: Path) -> None:
    with serving(well) as api:
        process = start(
            api.url, COUNT="50", NEW="1", RATERS_PER_REVIEW="1", STARRED="1", EXPORT=str(tmp_path / "export.jsonl")
        )
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 0, said
    written = [json.loads(line) for line in (tmp_path / "export.jsonl").read_text().splitlines()]
    assert len(written) == 50
    assert all(review["label"] and review["time"] for review in written)


def test_reviews_whose_visits_failed_are_not_exported(tmp_path: Path) -> None:
    with serving(lambda _path, _body: says(403, {"error": {"code": "forbidden"}})) as api:
        process = start(api.url, COUNT="7", NEW="1", STARRED="1", EXPORT=str(tmp_path / "export.jsonl"))
        process.communicate(timeout=60)

    assert (tmp_path / "export.jsonl").read_text() == ""


def test_an_export_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with serving(well) as api:
        process = start(api.url, COUNT="5", EXPORT=str(tmp_path / "nowhere" / "export.jsonl"))
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "5 reviews: " in said
    assert "✗ EXPORT: " in said


def test_failures_are_named_and_make_the_exit_code_1() -> None:
    with serving(lambda _path, _body: says(403, {"error": {"code": "forbidden"}})) as api:
        process = start(api.url, COUNT="7")
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "7 failed: /predict: 403 forbidden" in said


def test_an_interrupt_ends_with_the_summary() -> None:
    processes: list[subprocess.Popen[str]] = []

    def interrupts(path: str, body: dict[str, Any]) -> Reply:
        if len(api.calls) == 10:
            processes[0].send_signal(signal.SIGINT)
        return well(path, body)

    with serving(interrupts) as api:
        processes.append(start(api.url, COUNT="100000", RATE="50"))
        said, _ = processes[0].communicate(timeout=60)

    assert processes[0].returncode == 130
    assert " reviews: " in said
    assert "Traceback" not in said


def test_a_wrong_setting_is_named() -> None:
    process = start("http://127.0.0.1:1", COUNT="0", WRONG="2")
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "COUNT: " in said
    assert "WRONG: " in said


def test_a_file_that_is_not_there_is_named() -> None:
    process = start("http://127.0.0.1:1", FILES="/nowhere/reviews.jsonl")
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "/nowhere/reviews.jsonl" in said


def test_files_are_separated_by_spaces_and_quoted_as_in_a_shell() -> None:
    named = {"api_url": "http://api/v1", "api_key": "key"}

    given = named | {"files": "a.jsonl 'my reviews.jsonl'"}
    assert Settings.model_validate(given).files == (Path("a.jsonl"), Path("my reviews.jsonl"))
    with pytest.raises(ValidationError, match="No closing quotation"):
        Settings.model_validate(named | {"files": "somebody's.jsonl"})


@pytest.mark.parametrize("name", ["RATERS_PER_REVIEW", "JUDGES"])
def test_the_raters_of_a_review_are_read_under_both_names(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable, value in {"API_URL": "http://api/v1", "API_KEY": "key", name: "2"}.items():
        monkeypatch.setenv(variable, value)

    assert Settings().raters_per_review == 2


def test_files_in_doubt_are_asked_about_with_the_command_to_run(tmp_path: Path) -> None:
    path = tmp_path / "my cells.txt"
    path.write_text("It works and lasts\t1\nIt broke on day two\t0\n")
    process = start("http://127.0.0.1:1", FILES=f"'{path}'", TEXT_COLUMN="1")
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 2
    command = shlex.split(said.splitlines()[-1])
    assert command[:2] == ["make", "traffic"]
    assert command[2:] == [f"FILES='{path}'", "TEXT_COLUMN=1", "LABEL_COLUMN=2", "POSITIVE=1", "NEGATIVE=0"]


def test_columns_that_contradict_each_other_are_named() -> None:
    process = start("http://127.0.0.1:1", POSITIVE="1")
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "--positive and --negative go together" in said
