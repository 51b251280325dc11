"""Reads what `split` needs: predictions from the lake, and the models that made them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict

from monitoring.why.split import Predicted
from sentiment.model import artifact
from sentiment.model.scorer import Scorer
from sentiment.schemas.events import PredictionEvent
from sentiment.schemas.pointer import Pointer  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from lambdas.shared.raw_events import RawEvents

AUDIT_PREFIX = "audit/"
"""Of the audit log's keys; also in `training.registry.audit`, which cannot be imported here."""


class UnknownVersionError(LookupError):
    """A model version is not in the audit log, so that it cannot be loaded."""


class TooManyPredictionsError(ValueError):
    """A time has more predictions than may be read."""


class Range(NamedTuple):
    """A time from `start` on, before `end`."""

    start: datetime
    end: datetime


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore")

    pointer: Pointer | None = None


def predictions_in(raw_events: RawEvents, times: Range, *, most: float = math.inf) -> list[Predicted]:
    """Return the predictions that were made in a range, each once.

    Raises:
        TooManyPredictionsError: There are more than `most`.
        pydantic.ValidationError: A line of the archive is no prediction.
    """
    found: dict[str, Predicted] = {}
    last_day = f"dt={times.end:%Y-%m-%d}"
    for key, _, line in raw_events.read("predictions", f"{times.start:%Y-%m-%d}"):
        if key.split("/")[2] > last_day:
            break
        event = PredictionEvent.model_validate_json(line)
        if times.start <= event.created_at < times.end:
            found[event.prediction_id] = Predicted(event.text, event.product_id, event.probability, event.model_version)
            if len(found) > most:
                raise TooManyPredictionsError(f"there are more than {most:,} predictions")
    return list(found.values())


class Models:
    """The versions that were ever in production, by the pointers in the audit log."""

    def __init__(self, bucket: str, s3: S3Client) -> None:
        self._bucket = bucket
        self._s3 = s3
        self._scorers: dict[str, Scorer] = {}

    def scorer_of(self, version: str) -> Scorer:
        """Return the scorer of a version.

        Raises:
            UnknownVersionError: The audit log has no pointer to it.
            ArtifactError: The artifact does not load.
        """
        if version not in self._scorers:
            pointer = next((one for one in self._pointers() if one.model_version == version), None)
            if pointer is None:
                raise UnknownVersionError(f"the audit log in {self._bucket} has no model version {version}")
            bucket, key = pointer.artifact_location
            data = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            self._scorers[version] = Scorer(artifact.load(data, sha256=pointer.sha256))
        return self._scorers[version]

    def _pointers(self) -> Iterator[Pointer]:
        """Yield the pointers of the log, the newest first."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=AUDIT_PREFIX)
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        for key in reversed(keys):
            data = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            if pointer := _Entry.model_validate_json(data).pointer:
                yield pointer
