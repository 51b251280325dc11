"""The files of the lake, for Ray's tasks, which read them through Arrow."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from pyarrow.fs import FileSelector, FileType, S3FileSystem

if TYPE_CHECKING:
    from datetime import datetime


def lake_filesystem() -> S3FileSystem:
    """Return Arrow's S3 with the endpoint of boto3; each task uses the credentials of its machine."""
    client = boto3.client("s3")
    endpoint = urlsplit(client.meta.endpoint_url)
    return S3FileSystem(region=client.meta.region_name, endpoint_override=endpoint.netloc, scheme=endpoint.scheme)


def files_between(pattern: str, since: datetime | None, until: datetime) -> list[str]:
    """Return the files that match `s3://bucket/table/*/*.parquet` and whose months have rows between two times."""
    location = pattern.removeprefix("s3://")
    table = location.split("/*", 1)[0]
    found = lake_filesystem().get_file_info(FileSelector(table, recursive=True, allow_not_found=True))
    files = [one.path for one in found if one.type == FileType.File and fnmatch.fnmatch(one.path, location)]
    return sorted(path for path in files if _overlaps(path, since, until))


def _overlaps(path: str, since: datetime | None, until: datetime) -> bool:
    month = path.rpartition("month=")[2][: len("YYYY-MM")]
    return (since is None or f"{since:%Y-%m}" <= month) and month <= f"{until:%Y-%m}"
