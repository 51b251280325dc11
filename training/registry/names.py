"""The names under which this project is known in MLflow."""

from __future__ import annotations

import tomllib
from importlib.metadata import version as installed
from pathlib import Path

EXPERIMENT = "sentiment"
MODEL_NAME = "sentiment"
ALIAS = "production"

ML_VIEW = "?workflowType=machine_learning"
"""Ends an address of MLflow 3's pages that shows runs and models, not what is for language models."""

EXPORT_FOLDER = "serving"
EXPORT_FILE = "model.json.gzip"
"""Not `.gz`: MLflow's server would declare that a transfer encoding, and its client unpack it (3.17)."""

HEADLINES = ("accuracy", "precision", "recall", "f1", "macro_f1", "calibration_error")
"""The metrics of a run that its version's pointer repeats, and `GET /model` answers."""

TAG_SHA256 = "artifact_sha256"
"""Tag of runs and versions: the checksum of the serving export, which a promotion holds it against."""


def project_version() -> str:
    """Return the version that `pyproject.toml` states: of the checkout, or of the wheel that this is installed from."""
    stated = Path(__file__).parents[2] / "pyproject.toml"
    if stated.exists():
        return str(tomllib.loads(stated.read_text(encoding="utf-8"))["project"]["version"])
    return installed("sentiment-loop")
