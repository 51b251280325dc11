"""The summary after `make up`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

from local.files import write_whole
from local.loop import open_loop
from local.settings import Settings
from local.terminal import Terminal
from ops import status, summary
from ops.status import Row

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FOUND = {
    "api_url": "http://127.0.0.1:4566/api",
    "api_key": "the-key",
    "reviewers_api_key": "the-other-key",
    "mlflow_url": "http://127.0.0.1:5001",
    "frontend_url": "http://127.0.0.1:8501",
    "airflow_url": "http://127.0.0.1:8080",
    "mwaa_url": "http://127.0.0.1:5002",
    "endpoint": "http://127.0.0.1:4566",
}
ROWS = [
    Row("emulator", ok=True, state="up", address="", pid=1, note="saved 1 s ago"),
    Row("mlflow", ok=True, state="up", address="", pid=2, note=""),
    Row("frontend", ok=True, state="up", address="", pid=9, note=""),
    Row("airflow", ok=True, state="up", address="", pid=3, note=""),
    Row("mwaa", ok=True, state="up", address="", pid=4, note=""),
    Row("prometheus", ok=True, state="up", address="", pid=5, note=""),
    Row("pushgateway", ok=True, state="up", address="", pid=6, note=""),
    Row("alertmanager", ok=True, state="not installed", address="", pid=0, note="", absent=True),
    Row("api", ok=True, state="up", address="", pid=0, note="model version 3"),
]


def test_the_summary_has_addresses_credentials_and_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    monkeypatch.setattr(status, "ask_all", lambda _loop: ROWS)
    terminal = Terminal(tmp_path / "timings.json", Console(file=printed, width=200))
    write_whole(tmp_path / "ports.json", '{"pushgateway": 9091, "prometheus": 9090}')

    summary.show(open_loop(Settings(local_dir=tmp_path), terminal), FOUND)

    lines = {line.split("  ")[0]: line for line in printed.getvalue().splitlines()}
    assert "http://127.0.0.1:4566/api  (up, model version 3)" in lines["API"]
    assert "the-key" in lines["API key"]
    assert "the-other-key" in lines["reviewers' API key"]
    assert "(up; " in lines["MLflow"]
    assert "(up; login admin, password: " in lines["Airflow"]
    assert "(up; environment SentimentLoop)" in lines["MWAA API"]
    assert "http://127.0.0.1:9090  (up; login sentiment, password: " in lines["Prometheus"]
    assert "http://127.0.0.1:9091  (up; login sentiment, password: " in lines["Pushgateway"]
    assert "Alertmanager" not in lines
    assert "(up, saved 1 s ago; access key test" in lines["AWS endpoint"]
