"""Versions of the registered model that are quick to make, and which one is served."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

import mlflow
import numpy as np

from sentiment.model.artifact import dump
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.training import fit
from training.registry.names import MODEL_NAME, TAG_SHA256
from training.registry.tracking import log_export

if TYPE_CHECKING:
    from training.registry.registry import Registry
    from training.registry.tracking import Tracking


def served(registry: Registry) -> str | None:
    """Return the number of the served version; None if there is none."""
    pointer = registry.store.read_pointer().pointer
    return pointer.model_version if pointer else None


def forget_versions(tracking: Tracking) -> None:
    """Delete the registered model with all its versions, as if the database was lost."""
    for model in tracking.client.search_registered_models(f"name = '{MODEL_NAME}'"):
        tracking.client.delete_registered_model(model.name)


@cache
def tiny_artifact(word: str = "great") -> bytes:
    """Return an artifact trained on two sentences; each word gives different bytes."""
    texts = [f"it is {word}"] * 10 + ["it broke"] * 10
    labels = np.array([1] * 10 + [0] * 10)
    summary = {"window": {"start": None, "end": None, "replayed": True}}
    return dump(fit(texts, labels, Hyperparameters(folds=2), summary).artifact)


@dataclass(frozen=True, slots=True)
class MakeVersion:
    """Registers a version whose run has a serving export, without training."""

    tracking: Tracking

    def __call__(self, word: str, *, export: bytes | None = None, checksum: str | None = None) -> str:
        data = tiny_artifact(word) if export is None else export
        mlflow.set_experiment(MODEL_NAME)
        with mlflow.start_run() as run:
            log_export(data)
            mlflow.log_metric("macro_f1", 0.8)
            return self.tracking.register(
                run_id=run.info.run_id,
                source=mlflow.get_artifact_uri("serving"),
                description="",
                tags={TAG_SHA256: checksum or sha256(data).hexdigest()},
            )
