from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from feature_repo.cli import app
from tests.integration.feature_repo.lakes import a_file, a_review

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.resources import Resources


@pytest.mark.usefixtures("resources")
def test_the_command_counts_what_happened_to_every_row(tmp_path: Path) -> None:
    path = a_file(tmp_path / "mine.jsonl", [a_review("good"), a_review("good"), a_review("so so", stars=3)])
    with path.open("ab") as file:
        file.write(b"no row\n")
    shown = CliRunner().invoke(app, ["ingest", str(path)])
    assert shown.exit_code == 0, shown.output
    words = [line.replace("│", " ").replace("┃", " ").split() for line in shown.stdout.splitlines()]
    assert ["kept", "1"] in words
    assert ["dropped", "as", "duplicates", "1"] in words
    assert ["quarantined", "1"] in words
    assert ["read", "4"] in words
    assert "quarantine/ingest/" in shown.stderr


@pytest.mark.usefixtures("resources")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ingest"], 2, "nothing to ingest"),
        (["ingest", "nowhere.jsonl"], 1, "Error: nowhere.jsonl cannot be ingested: No such file or directory"),
    ],
)
def test_an_error_is_one_line(arguments: list[str], code: int, message: str) -> None:
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == code
    assert message in shown.stderr
    assert "Traceback" not in shown.output


def test_a_missing_setting_is_one_line(resources: Resources) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in resources.environment}
    command = [sys.executable, "-m", "feature_repo", "ingest", "--sample"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Error: LAKE_BUCKET is not set (`make up` writes the settings to .local/env: `. .local/env` reads them)"
    ]
