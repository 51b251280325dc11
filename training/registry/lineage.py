"""Where a model comes from, as tags of MLflow's runs and versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

TAG_DATA = "data_sha256"
TAG_SERVICE = "feature_service"
TAG_FRAME = "frame"
TAG_RETRAINING = "retraining_run"
TAG_PREVIOUS = "previous_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What a version was made from.

    Attributes:
        data_sha256: Checksum of the frozen frame; without one, of the ids and labels trained on.
        frame: Address of the frozen frame.
        feature_service: The feature service that made the frame.
        retraining: Id of the retraining run.
        previous_version: The version in production when the training started.
    """

    data_sha256: str
    frame: str | None = None
    feature_service: str | None = None
    retraining: str | None = None
    previous_version: str | None = None

    def tags(self) -> dict[str, str]:
        """Return the known values as tags."""
        values = {
            TAG_DATA: self.data_sha256,
            TAG_FRAME: self.frame,
            TAG_SERVICE: self.feature_service,
            TAG_RETRAINING: self.retraining,
            TAG_PREVIOUS: self.previous_version,
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def of(cls, tags: Mapping[str, str]) -> Self | None:
        """Return the lineage in a version's tags; None for a version older than lineage."""
        if TAG_DATA not in tags:
            return None
        return cls(
            data_sha256=tags[TAG_DATA],
            frame=tags.get(TAG_FRAME),
            feature_service=tags.get(TAG_SERVICE),
            retraining=tags.get(TAG_RETRAINING),
            previous_version=tags.get(TAG_PREVIOUS),
        )
