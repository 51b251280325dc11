"""The raw events in the lake: their keys, and reading and writing them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_s3 import S3Client

READERS = 8
"""Files read at once: a stream leaves many small ones, and most of the time of each is latency."""


class RawEvents:
    """Predictions and feedback as lines of JSON under `raw/`, and unreadable records under `quarantine/`."""

    def __init__(self, bucket: str, s3: S3Client) -> None:
        self._bucket = bucket
        self._s3 = s3

    def write(self, kind: str, day: str, name: str, lines: Sequence[str]) -> str:
        """Write one file of events, replacing one of the same name, and return its key.

        Args:
            kind: `predictions` or `feedback`.
            day: `YYYY-MM-DD`.
            name: Derived from the events, so that the same events replace themselves.
            lines: JSON, without line ends.
        """
        key = f"raw/{kind}/dt={day}/{name}.jsonl"
        self._put(key, "".join(f"{line}\n" for line in lines))
        return key

    def read(self, kind: str, since: str) -> Iterator[tuple[str, int, str]]:
        """Yield every line from a day (`YYYY-MM-DD`) on: key of its file, line number from 1, JSON."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"raw/{kind}/", StartAfter=f"raw/{kind}/dt={since}"
        )
        for page in pages:
            keys = [found["Key"] for found in page.get("Contents", [])]
            with ThreadPoolExecutor(READERS) as pool:
                for key, text in zip(keys, pool.map(self._get, keys), strict=True):
                    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
                        yield key, number, line

    def quarantine(self, name: str, record: Mapping[str, Any], reason: str) -> str:
        """Write a record that could not be read, with the reason, and return its key."""
        key = f"quarantine/stream/{name}.json"
        self._put(key, json.dumps({"reason": reason, "record": record}, sort_keys=True, default=str))
        return key

    def _get(self, key: str) -> str:
        """Return a file's text; bytes that are not UTF-8 are replaced, which makes their line unreadable."""
        return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read().decode(errors="replace")

    def _put(self, key: str, text: str) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=text.encode())
