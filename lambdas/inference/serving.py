"""The model that is served: the last that loaded of those the pointer named, looked at every 30 seconds."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import ValidationError

from lambdas.shared.aws import AwsError, error_code
from sentiment.model import artifact
from sentiment.model.scorer import Scorer
from sentiment.schemas.pointer import POINTER_KEY, Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

REFRESH_S = 30.0
RETRY_S = 3.0
"""How soon to look again while there is no model at all."""

_NOT_MODIFIED = "304"
_ABSENT = frozenset({"NoSuchKey", "NoSuchBucket", "404"})

logger = logging.getLogger(__name__)


class NoModelError(Exception):
    """There is no model to serve; the message says why."""


@dataclass(frozen=True, slots=True)
class Served:
    """A loaded model and the pointer that named it."""

    pointer: Pointer
    scorer: Scorer


class _PublishedError(Exception):
    """What is published cannot be served; the message says why."""


class ModelStore:
    """Gives the model to serve, without a call to S3 on most requests.

    Attributes:
        problem: Why what is published is not what is served; None where it is.
    """

    def __init__(self, bucket: str, s3: Callable[[], S3Client], clock: Callable[[], float] = time.monotonic) -> None:
        self.problem: str | None = None
        self._bucket = bucket
        self._s3 = s3
        self._clock = clock
        self._served: Served | None = None
        self._etag: str | None = None
        self._look_again_at = float("-inf")

    def current(self) -> Served:
        """Return the model to serve.

        Raises:
            NoModelError: None is published, or none that is published ever loaded here.
        """
        if self._clock() >= self._look_again_at:
            self._refresh()
        if self._served is None:
            raise NoModelError(self.problem or "no model is published")
        return self._served

    def _refresh(self) -> None:
        try:
            self._load_if_new()
            problem = None
        except _PublishedError as error:
            problem = str(error)
        except AwsError as error:
            problem = f"the published model cannot be read: {error_code(error)}"
        if problem and problem != self.problem:
            logger.error("model not loaded: %s", problem)
        self.problem = problem
        self._look_again_at = self._clock() + (REFRESH_S if self._served else RETRY_S)

    def _load_if_new(self) -> None:
        """Remember the ETag of a pointer whose model loaded, so that one that did not is tried again."""
        try:
            found = self._pointer()
        except ClientError as error:
            if error_code(error) == _NOT_MODIFIED:
                return
            if error_code(error) in _ABSENT:
                raise _PublishedError("no model is published") from error
            raise
        try:
            pointer = Pointer.model_validate_json(found["Body"].read())
        except ValidationError as error:
            raise _PublishedError(f"the pointer is wrong: {error.error_count()} of its fields") from error
        self._served = Served(pointer, self._scorer_of(pointer))
        self._etag = found["ETag"]
        logger.info("serving model version %s", pointer.model_version)

    def _pointer(self) -> GetObjectOutputTypeDef:
        if self._etag is None:
            return self._s3().get_object(Bucket=self._bucket, Key=POINTER_KEY)
        return self._s3().get_object(Bucket=self._bucket, Key=POINTER_KEY, IfNoneMatch=self._etag)

    def _scorer_of(self, pointer: Pointer) -> Scorer:
        if self._served and self._served.pointer.sha256 == pointer.sha256:
            return self._served.scorer
        bucket, key = pointer.artifact_location
        try:
            data = self._s3().get_object(Bucket=bucket, Key=key)["Body"].read()
            return Scorer(artifact.load(data, sha256=pointer.sha256))
        except artifact.ArtifactError as error:
            raise _PublishedError(f"model version {pointer.model_version} does not load: {error}") from error
        except ClientError as error:
            if error_code(error) in _ABSENT:
                raise _PublishedError(f"the artifact of model version {pointer.model_version} is missing") from error
            raise
