"""Where a model comes from, as tags of MLflow's runs and versions."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

TAG_RETRAINING = "retraining_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What a version was made from; each attribute that is known is a tag of its name.

    Attributes:
        data_sha256: Checksum of the frozen frame; without one, of the ids and labels trained on.
        frame: Address of the frozen frame.
        feature_service: The feature service that made the frame.
        retraining_run: Id of the retraining run.
        previous_version: The version in production when the training started.
        held_out_key: Fingerprint of the key that decides which new texts are held out.
    """

    data_sha256: str
    frame: str | None = None
    feature_service: str | None = None
    retraining_run: str | None = None
    previous_version: str | None = None
    held_out_key: str | None = None

    def tags(self) -> dict[str, str]:
        """Return the known values as tags."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, tags: Mapping[str, str]) -> Self | None:
        """Return the lineage in a version's tags; None for a version older than lineage."""
        known = {field.name: tags[field.name] for field in fields(cls) if field.name in tags}
        return cls(**known) if "data_sha256" in known else None
