"""Where a model comes from, under the names that MLflow's runs and versions carry it and a promotion reads it."""

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
        data_sha256: Of the frozen frame, or of the ids and labels trained on where there is none.
        frame: Address of the frozen frame.
        feature_service: That made the frame.
        retraining: Id of the retraining run.
        previous_version: That was in production when the training began.
    """

    data_sha256: str
    frame: str | None = None
    feature_service: str | None = None
    retraining: str | None = None
    previous_version: str | None = None

    def tags(self) -> dict[str, str]:
        """Return what is known as tags."""
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
        """Return what the tags of a version say; None for a version from before lineage was kept."""
        if TAG_DATA not in tags:
            return None
        return cls(
            data_sha256=tags[TAG_DATA],
            frame=tags.get(TAG_FRAME),
            feature_service=tags.get(TAG_SERVICE),
            retraining=tags.get(TAG_RETRAINING),
            previous_version=tags.get(TAG_PREVIOUS),
        )
