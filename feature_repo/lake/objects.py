"""The lake bucket: objects, listings and conditional writes."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from feature_repo.errors import LakeError
from feature_repo.lake.s3 import get_object, one_line_errors, put_if

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from feature_repo.settings import Settings

AT_ONCE = 8
"""Objects read or written at once: for many small ones, most of the time is latency."""
READ_AHEAD = 4 * AT_ONCE

CLIENT = Config(
    connect_timeout=3,
    read_timeout=15,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=AT_ONCE + 2,
)
_PART = 1 << 20
IN_ONE_PART = 1 << 30
"""Size above which a file is uploaded in parts: S3 accepts at most 5 GB in one request."""
_DELETED_AT_ONCE = 1000
"""The most keys that one request can delete."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An object in a listing."""

    key: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class Stored:
    """An object that was read, with the times of write and read by S3's clock."""

    content: bytes
    etag: str
    written_at: datetime
    read_at: datetime


class Lake:
    """The bucket of the lake. Every method raises `LakeError` if S3 does not answer, or refuses."""

    def __init__(self, settings: Settings, client: S3Client | None = None) -> None:
        self.bucket = settings.lake_bucket
        self._s3: S3Client = client or boto3.client("s3", region_name=settings.aws_region, config=CLIENT)

    def read(self, key: str) -> Stored | None:
        """Return an object; None if there is none."""
        with self._errors():
            answer = get_object(self._s3, self.bucket, key)
            if answer is None:
                return None
            date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
            written_at = answer["LastModified"]
            read_at = parsedate_to_datetime(date) if date else written_at
            return Stored(answer["Body"].read(), answer["ETag"], written_at, read_at)

    def get(self, key: str) -> bytes | None:
        """Return an object's content; None if there is none."""
        stored = self.read(key)
        return stored.content if stored else None

    def download(self, key: str, path: Path) -> str | None:
        """Write an object's content to a file, in chunks.

        Returns:
            The SHA-256 of the content; None if there is no such object.
        """
        digest = hashlib.sha256()
        with self._errors():
            answer = get_object(self._s3, self.bucket, key)
            if answer is None:
                return None
            body = answer["Body"]
            with body, path.open("wb") as file:  # `with body as ...` would give the raw stream, without `iter_chunks`
                for part in body.iter_chunks(_PART):
                    digest.update(part)
                    file.write(part)
        return digest.hexdigest()

    def get_all(self, keys: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the key and content of objects in the order of these keys, reading a few ahead."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for start in range(0, len(keys), READ_AHEAD):
                some = keys[start : start + READ_AHEAD]
                for key, content in zip(some, pool.map(self.get, some), strict=True):
                    if content is None:
                        raise LakeError(f"s3://{self.bucket}/{key} was removed in the meantime: run this again.")
                    yield key, content

    def list(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        """Yield the objects below a prefix whose keys come after a key, in order."""
        with self._errors():
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix, StartAfter=after
            )
            for page in pages:
                for found in page.get("Contents", []):
                    yield Listed(found["Key"], found["ETag"], found["Size"])

    def put(self, key: str, content: bytes | Path) -> None:
        """Write an object, replacing what was there."""
        with self._errors():
            if isinstance(content, bytes):
                self._s3.put_object(Bucket=self.bucket, Key=key, Body=content)
            elif content.stat().st_size <= IN_ONE_PART:
                with content.open("rb") as file:
                    self._s3.put_object(Bucket=self.bucket, Key=key, Body=file)
            else:
                self._s3.upload_file(str(content), self.bucket, key)

    def put_files(self, files: Iterable[tuple[str, Path]], *, before_each: Callable[[], None]) -> None:
        """Write files under their keys, a few at once; after an error, also of `before_each`, no more are started."""

        def put_one(key: str, path: Path) -> None:
            before_each()
            self.put(key, path)

        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            for done in [pool.submit(put_one, key, path) for key, path in files]:
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def put_if(self, key: str, content: bytes, *, replacing: str | None) -> str | None:
        """Write an object if the current one has this ETag (None: if there is none); S3 itself compares.

        Returns:
            The new ETag; None if another object is there, which is kept.
        """
        with self._errors():
            return put_if(self._s3, self.bucket, key, content, replacing=replacing)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; a missing one is no error."""
        gone = list(keys)
        with self._errors():
            for start in range(0, len(gone), _DELETED_AT_ONCE):
                answer = self._s3.delete_objects(
                    Bucket=self.bucket,
                    Delete={"Objects": [{"Key": key} for key in gone[start : start + _DELETED_AT_ONCE]], "Quiet": True},
                )
                if failed := answer.get("Errors"):
                    raise LakeError(f"{failed[0].get('Key')} could not be deleted: {failed[0].get('Code')}.")

    def _errors(self) -> AbstractContextManager[None]:
        return one_line_errors(LakeError, self._s3, bucket=self.bucket, setting="LAKE_BUCKET")
