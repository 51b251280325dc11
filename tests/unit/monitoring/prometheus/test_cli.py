"""The commands write what an operator of another Prometheus needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from typer.testing import CliRunner

from monitoring.prometheus.cli import app
from monitoring.prometheus.windows import SHORTENED
from monitoring.prometheus.writing import rule_files
from sentiment.keys import alerts_token

if TYPE_CHECKING:
    from pathlib import Path

run = CliRunner().invoke


@pytest.fixture(autouse=True)
def _no_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUNBOOK_URL", "RETRAINING_OVERDUE_DAYS", "ALERT_WEBHOOK_URL", "API_URL"):
        monkeypatch.delenv(name, raising=False)


def test_rules_are_written_with_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNBOOK_URL", "https://git.example/loop/docs/runbook.md")
    monkeypatch.setenv("RETRAINING_OVERDUE_DAYS", "0")
    folder = tmp_path / "new" / "rules"

    assert run(app, ["rules", "--folder", str(folder), "--shortened"]).exit_code == 0

    written = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(written) == set(rule_files(SHORTENED))
    assert "https://git.example/loop/docs/runbook.md#qualityfell" in written["model.yml"]
    assert "RetrainingOverdue" not in written["loop.yml"]


def test_a_folder_that_cannot_be_written_is_one_line_of_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = run(app, ["rules", "--folder", str(tmp_path / "file" / "rules")])

    assert done.exit_code == 1
    assert "cannot be written: Not a directory" in done.stderr


def test_the_token_is_derived_from_the_secret_on_the_standard_input() -> None:
    assert run(app, ["token"], input="secret\n").stdout == alerts_token(b"secret")
    assert run(app, ["token"], input="\n").exit_code == 2


def test_the_configuration_of_alertmanager_is_printed(tmp_path: Path) -> None:
    done = run(app, ["alertmanager", "--api-url", "https://api.example/v1", "--token-file", str(tmp_path / "token")])

    (webhook,) = yaml.safe_load(done.stdout)["receivers"][1]["webhook_configs"]
    assert webhook["url"] == "https://api.example/v1/alerts"
    assert webhook["http_config"]["authorization"]["credentials_file"] == str(tmp_path / "token")
