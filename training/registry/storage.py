"""The artifacts bucket: artifacts under their checksums, the pointer to one of them, and other small objects."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from pydantic import ValidationError

from feature_repo.lake.s3 import get_object, one_line_errors, put_if
from sentiment.schemas.pointer import POINTER_KEY, Pointer
from training.errors import PromotionConflictError, StorageError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mypy_boto3_s3 import S3Client

ARTIFACT_PREFIX = "serving/models"

# An artifact is about 1 MB: a server that needs longer than this will not answer within one command.
_CLIENT = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})


@dataclass(frozen=True, slots=True)
class StoredPointer:
    """The pointer as it was read.

    Attributes:
        etag: The object's ETag, for the condition of the next write; None if there is no object.
        pointer: None if there is none or it cannot be read.
        problem: Why it cannot be read; None otherwise.
    """

    etag: str | None = None
    pointer: Pointer | None = None
    problem: str | None = None


class ArtifactStore:
    """One bucket, through boto3. Every method raises `StorageError` if S3 does not answer or refuses."""

    def __init__(self, bucket: str, *, region: str, client: S3Client | None = None) -> None:
        self.bucket = bucket
        self._s3 = client or boto3.client("s3", region_name=region, config=_CLIENT)

    def check(self) -> None:
        """Raise a `StorageError` unless the bucket exists and may be used."""
        with self._errors():
            self._s3.head_bucket(Bucket=self.bucket)

    def read_pointer(self) -> StoredPointer:
        """Return the pointer as the inference function would read it."""
        with self._errors():
            answer = get_object(self._s3, self.bucket, POINTER_KEY)
            if answer is None:
                return StoredPointer()
            content = answer["Body"].read()
        try:
            return StoredPointer(etag=answer["ETag"], pointer=Pointer.model_validate_json(content))
        except ValidationError as error:
            return StoredPointer(etag=answer["ETag"], problem=f"{error.error_count()} fields are wrong")

    def write_pointer(self, pointer: Pointer, *, replacing: StoredPointer) -> None:
        """Write the pointer unless it changed since `replacing` was read; S3 itself compares.

        Raises:
            PromotionConflictError: It changed; the other pointer stays.
        """
        content = pointer.model_dump_json(indent=2).encode()
        with self._errors():
            etag = put_if(
                self._s3,
                self.bucket,
                POINTER_KEY,
                content,
                replacing=replacing.etag,
                content_type="application/json",
            )
            # If the answer to our own write was lost, boto3 wrote again, and that is no conflict.
            if etag is None and self.read_pointer().pointer != pointer:
                raise PromotionConflictError(
                    f"Another promotion came first, so version {pointer.model_version} was not promoted. "
                    "Promote it again if it should be served."
                )

    def put_artifact(self, data: bytes) -> str:
        """Store a serving artifact under its checksum and return its URI."""
        key = f"{ARTIFACT_PREFIX}/{hashlib.sha256(data).hexdigest()}.json.gz"
        with self._errors():
            # Gzip is the artifact's format, not a transfer encoding: no client may unpack it on the way.
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType="application/gzip")
        return self.uri(key)

    def read_artifact(self, pointer: Pointer) -> bytes | None:
        """Return a pointer's artifact; None if it is missing."""
        bucket, key = pointer.artifact_location
        return self._content(bucket, key)

    def get(self, key: str) -> bytes | None:
        """Return an object's content; None if there is no object."""
        return self._content(self.bucket, key)

    def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> str:
        """Write an object, replacing any, and return its URI."""
        with self._errors():
            self._s3.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType=content_type)
        return self.uri(key)

    def put_once(self, key: str, data: bytes) -> bytes:
        """Write a JSON object unless there is one, and return the stored one; S3 itself compares."""
        with self._errors():
            if put_if(self._s3, self.bucket, key, data, replacing=None, content_type="application/json"):
                return data
        stored = self.get(key)
        if stored is None:  # S3 answers 409 during another write, which may then fail
            raise StorageError(f"{self.uri(key)} was being written by somebody else: try again.")
        return stored

    def keys(self, prefix: str, *, after: str = "") -> list[str]:
        """Return the keys with a prefix, sorted, starting after a key."""
        with self._errors():
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix, StartAfter=after
            )
            return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def uri(self, key: str) -> str:
        """Return the `s3://` URI of a key of this bucket."""
        return f"s3://{self.bucket}/{key}"

    def _content(self, bucket: str, key: str) -> bytes | None:
        with self._errors():
            answer = get_object(self._s3, bucket, key)
            return answer["Body"].read() if answer else None

    def _errors(self) -> AbstractContextManager[None]:
        return one_line_errors(StorageError, self._s3, bucket=self.bucket, setting="ARTIFACTS_BUCKET")
