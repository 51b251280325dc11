"""Synchronises the bundle to its bucket: writes what changed, removes DAGs that no longer exist."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.bundle_layout import DAGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

_DIGEST = "sha256"
"""The object metadata with the hash of the content; with encryption by a key, the ETag is no such hash."""


def sync(s3: S3Client, bucket: str, objects: Mapping[str, bytes]) -> list[str]:
    """Make the bucket hold exactly these objects. Returns the keys that were written or removed.

    DAGs are written last, so that none runs for long with the code of an older bundle.
    """
    changed = [
        key
        for key in sorted(objects, key=lambda key: (key.startswith(DAGS), key))
        if _put(s3, bucket, key, objects[key])
    ]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=DAGS)
    stale = [item["Key"] for page in pages for item in page.get("Contents", []) if item["Key"] not in objects]
    for key in stale:
        s3.delete_object(Bucket=bucket, Key=key)
    return changed + stale


def _put(s3: S3Client, bucket: str, key: str, data: bytes) -> bool:
    digest = hashlib.sha256(data).hexdigest()
    if _digest(s3, bucket, key) == digest:
        return False
    s3.put_object(Bucket=bucket, Key=key, Body=data, Metadata={_DIGEST: digest})
    return True


def _digest(s3: S3Client, bucket: str, key: str) -> str | None:
    try:
        return s3.head_object(Bucket=bucket, Key=key)["Metadata"].get(_DIGEST)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NotFound"}:
            return None
        raise
