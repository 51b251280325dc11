"""A run's reviews as MLflow shows them: name, checksum and counts, without texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.dataset import Dataset
from mlflow.data.dataset_source_registry import resolve_dataset_source

if TYPE_CHECKING:
    from training.runs.dataset import Part

_DIGEST_LENGTH = 36  # mlflow's limit


class ReviewsDataset(Dataset):
    """Reviews, by their checksum, and the address of their frozen frame if they have one."""

    def __init__(self, name: str, part: Part, address: str | None = None) -> None:
        self._labels = part.labels
        self._sha256 = part.sha256
        source = resolve_dataset_source(address) if address else CodeDatasetSource({"mlflow.source.name": name})
        super().__init__(source, name=name, digest=part.sha256[:_DIGEST_LENGTH])

    def to_dict(self) -> dict[str, str]:
        """Return what mlflow stores; the profile is JSON."""
        return super().to_dict() | {"profile": json.dumps(self.profile)}

    @property
    def profile(self) -> dict[str, Any]:
        """How many reviews of each label, and the full checksum."""
        return {**self._labels, "sha256": self._sha256}

    @property
    def schema(self) -> None:
        """None: reviews are not a table of mlflow's types."""
        return None

    def _compute_digest(self) -> str:
        return self._sha256[:_DIGEST_LENGTH]
