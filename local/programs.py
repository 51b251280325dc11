"""The emulator, the tracking server and the web pages: the command and the environment of each."""

from __future__ import annotations

import re
import sys
import uuid
from typing import TYPE_CHECKING

from local.environment import for_server
from local.files import write_whole
from local.ports import HOST
from local.processes import mark_of
from local.settings import ROOT
from local.supervision import Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EMULATOR = "emulator"
MLFLOW = "mlflow"
FRONTEND = "frontend"
LOCALSTACK = "localstack"
"""Started by the user."""
_RUN_ID = re.compile(r"[0-9a-f]{32}")


def emulator_program(state_dir: Path, port: int, *, loop_name: str) -> Program:
    """Describe the emulator of one loop, with its state under `state_dir`."""
    return Program(
        name=EMULATOR,
        command=[str(ROOT / ".emulator" / "bin" / "python"), "-m", "local.emulator"],
        environment={
            **mark_of(state_dir),
            "GATEWAY_PORT": str(port),
            "EMULATOR_STATE": str(state_dir / "emulator"),
            "RUN_ID": run_id(state_dir),
            "LOOP_NAME": loop_name,
        },
        stop_group=False,
    )


def mlflow_program(state_dir: Path, port: int, *, endpoint: str, artifacts_bucket: str) -> Program:
    """Describe the tracking server: runs in SQLite under `state_dir`, artifacts in the emulator's S3."""
    return Program(
        name=MLFLOW,
        command=[sys.executable, "-m", "mlflow", "server"],
        environment={
            **mark_of(state_dir),
            **for_server(endpoint),
            "MLFLOW_HOST": HOST,
            "MLFLOW_PORT": str(port),
            "MLFLOW_WORKERS": "1",
            "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{state_dir / 'mlflow.db'}",
            "MLFLOW_ARTIFACTS_DESTINATION": f"s3://{artifacts_bucket}/mlflow",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # agents and scorers: 0.5 GB of unused processes
        },
        stop_group=True,
    )


def frontend_program(state_dir: Path, port: int, deployment: Mapping[str, str]) -> Program:
    """Describe the server of the web pages, which knows the deployment by environment variables."""
    return Program(
        name=FRONTEND,
        command=[sys.executable, "-m", "uvicorn", "frontend.server:app", "--no-access-log"],
        environment={**mark_of(state_dir), **deployment, "UVICORN_HOST": HOST, "UVICORN_PORT": str(port)},
        stop_group=False,
    )


def run_id(state_dir: Path) -> str:
    """The id that tells this folder's servers from others: kept until `make reset`, replaced when damaged."""
    path = state_dir / "run-id"
    known = path.read_text(errors="replace").strip() if path.exists() else ""
    if not _RUN_ID.fullmatch(known):
        known = uuid.uuid4().hex
        write_whole(path, known)
    return known
