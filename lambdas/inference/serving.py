"""The served model: the last one that the pointer named and that loaded. The pointer is read every 30 seconds."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import ValidationError

from lambdas.shared.aws import AwsError, error_code
from sentiment.model import artifact
from sentiment.model.reference import Reference
from sentiment.model.scorer import Scorer
from sentiment.schemas.pointer import POINTER_KEY, REFRESH_S, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

RETRY_S = 3.0
"""Seconds between two tries while there is no model at all."""

_NOT_MODIFIED = "304"
_ABSENT = frozenset({"NoSuchKey", "NoSuchBucket", "404"})

logger = logging.getLogger(__name__)


class NoModelError(Exception):
    """There is no model to serve; the message says why."""


@dataclass(frozen=True, slots=True)
class Served:
    """A loaded model: its pointer, what predicts, and what drift is measured against."""

    pointer: Pointer
    scorer: Scorer
    reference: Reference


class _PointerError(Exception):
    """The version in production cannot be served; the message says why."""


class ModelStore:
    """Keeps the model to serve, so that most requests need no call to S3.

    Attributes:
        problem: Why the version in production is not served; None if it is.
    """

    def __init__(self, bucket: str, s3: Callable[[], S3Client], clock: Callable[[], float] = time.monotonic) -> None:
        self.problem: str | None = None
        self._bucket = bucket
        self._s3 = s3
        self._clock = clock
        self._served: Served | None = None
        self._etag: str | None = None
        self._next_refresh_at = float("-inf")

    def current(self) -> Served:
        """Return the model to serve.

        Raises:
            NoModelError: No version is in production, or none has loaded here yet.
        """
        if self._clock() >= self._next_refresh_at:
            self._refresh()
        if self._served is None:
            raise NoModelError(self.problem or "no model is published")
        return self._served

    def refresh_next(self) -> None:
        """Make the next request ask which version is in production, however short ago that was asked."""
        self._next_refresh_at = float("-inf")

    def _refresh(self) -> None:
        try:
            self._load_if_new()
            problem = None
        except _PointerError as error:
            problem = str(error)
        except AwsError as error:
            problem = f"the published model cannot be read: {error_code(error)}"
        if problem and problem != self.problem:
            logger.error("model not loaded: %s", problem)
        self.problem = problem
        self._next_refresh_at = self._clock() + (REFRESH_S if self._served else RETRY_S)

    def _load_if_new(self) -> None:
        """Load the model of a new pointer, whose ETag is kept only if the model loads: a failed one is tried again."""
        try:
            found = self._get_pointer()
        except ClientError as error:
            if error_code(error) == _NOT_MODIFIED:
                return
            if error_code(error) in _ABSENT:
                raise _PointerError("no model is published") from error
            raise
        try:
            pointer = Pointer.model_validate_json(found["Body"].read())
        except ValidationError as error:
            raise _PointerError(f"the pointer is malformed: {error.error_count()} of its fields are invalid") from error
        self._served = self._load(pointer)
        self._etag = found["ETag"]
        logger.info("serving model version %s", pointer.model_version)

    def _get_pointer(self) -> GetObjectOutputTypeDef:
        if self._etag is None:
            return self._s3().get_object(Bucket=self._bucket, Key=POINTER_KEY)
        return self._s3().get_object(Bucket=self._bucket, Key=POINTER_KEY, IfNoneMatch=self._etag)

    def _load(self, pointer: Pointer) -> Served:
        if self._served and self._served.pointer.sha256 == pointer.sha256:
            return replace(self._served, pointer=pointer)
        bucket, key = pointer.artifact_location
        try:
            data = self._s3().get_object(Bucket=bucket, Key=key)["Body"].read()
            loaded = artifact.load(data, sha256=pointer.sha256)
            return Served(pointer, Scorer(loaded), Reference(loaded.reference))
        except artifact.ArtifactError as error:
            raise _PointerError(f"model version {pointer.model_version} does not load: {error}") from error
        except ClientError as error:
            if error_code(error) in _ABSENT:
                raise _PointerError(f"the artifact of model version {pointer.model_version} is missing") from error
            raise
