"""A container becomes the server that the deployment described."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from local.containers import serve

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_the_container_sets_has_the_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "programs.json"
    described = {"command": ["mlflow", "server"], "environment": {"MLFLOW_HOST": "127.0.0.1", "MLFLOW_WORKERS": "1"}}
    file.write_text(json.dumps({"mlflow": described, "frontend": {}}))
    monkeypatch.setenv("MLFLOW_HOST", "0.0.0.0")  # noqa: S104
    started: list[Any] = []
    monkeypatch.setattr(os, "execvpe", lambda *arguments: started.extend(arguments))

    serve.main(str(file), "mlflow")

    program, command, environment = started
    assert (program, command) == ("mlflow", ["mlflow", "server"])
    assert (environment["MLFLOW_HOST"], environment["MLFLOW_WORKERS"]) == ("0.0.0.0", "1")  # noqa: S104
    assert environment["PATH"] == os.environ["PATH"]
