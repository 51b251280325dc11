"""Whether an artifact can be served: checked before anything points to it, and again by `ensure`."""

from __future__ import annotations

from sentiment.model.artifact import Artifact, ArtifactError, load
from sentiment.model.scorer import Scorer
from sentiment.schemas.pointer import DataWindow


def check_artifact(data: bytes, expected_sha256: str | None) -> Artifact:
    """Load an artifact and predict a text with it.

    Raises:
        ArtifactError: No checksum is recorded, the bytes have another one, or they do not load or predict.
    """
    if expected_sha256 is None:
        raise ArtifactError("its checksum is not recorded")
    artifact = load(data, sha256=expected_sha256)
    try:
        Scorer(artifact).predict("Any text will do")
        window_of(artifact)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"it cannot predict a text or lacks its summary: {error!r}") from error
    return artifact


def window_of(artifact: Artifact) -> DataWindow:
    """Return the time span of the reviews that an artifact was trained on, from its summary."""
    return DataWindow.model_validate(artifact.training["window"])
