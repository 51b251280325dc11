"""The serving export of an MLflow run."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow

from training.registry.names import EXPORT_FILE, EXPORT_FOLDER, TAG_SHA256


def log_export(data: bytes) -> None:
    """Log the bytes that serving loads to the active run, with their checksum and size."""
    with TemporaryDirectory() as folder:
        path = Path(folder, EXPORT_FILE)
        path.write_bytes(data)
        mlflow.log_artifact(str(path), EXPORT_FOLDER)
    mlflow.set_tag(TAG_SHA256, sha256(data).hexdigest())
    mlflow.log_metric("artifact_bytes", len(data))
