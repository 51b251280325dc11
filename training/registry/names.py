"""The names that this project uses in MLflow."""

from __future__ import annotations

import tomllib
from importlib.metadata import version as installed
from pathlib import Path

EXPERIMENT = "sentiment"
MODEL_NAME = "sentiment"
ALIAS = "production"

ML_VIEW = "?workflowType=machine_learning"
"""Suffix of an address in MLflow 3's pages: show runs and models, not traces of language models."""

EXPORT_FOLDER = "serving"
EXPORT_FILE = "model.json.gzip"
"""Not `.gz`: MLflow's server (3.17) sends that as a transfer encoding, and its client unpacks it."""

HEADLINES = ("accuracy", "precision", "recall", "f1", "macro_f1", "calibration_error")
"""The metrics that the pointer repeats and `GET /model` returns."""

TAG_SHA256 = "artifact_sha256"
"""Tag of runs and versions: the checksum of the serving export, verified by every promotion."""


def project_version() -> str:
    """Return the project's version, from `pyproject.toml` in a checkout or else from the installed wheel."""
    stated = Path(__file__).parents[2] / "pyproject.toml"
    if stated.exists():
        return str(tomllib.loads(stated.read_text(encoding="utf-8"))["project"]["version"])
    return installed("sentiment-loop")
