"""The keys of the lake, and writing below them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_s3 import S3Client


class Lake:
    """The bucket that keeps every event."""

    def __init__(self, bucket: str, s3: S3Client) -> None:
        self._bucket = bucket
        self._s3 = s3

    def write(self, kind: str, day: str, name: str, lines: Sequence[str]) -> str:
        """Write one file of events, over one of the same name, and return its key.

        Args:
            kind: `predictions` or `feedback`.
            day: `YYYY-MM-DD`.
            name: From what it holds, so that the same events overwrite themselves.
            lines: JSON, without line ends.
        """
        key = f"raw/{kind}/dt={day}/{name}.jsonl"
        self._put(key, "".join(f"{line}\n" for line in lines))
        return key

    def quarantine(self, name: str, record: Mapping[str, Any], reason: str) -> str:
        """Keep what could not be read, with the reason, and return its key."""
        key = f"quarantine/stream/{name}.json"
        self._put(key, json.dumps({"reason": reason, "record": record}, sort_keys=True, default=str))
        return key

    def _put(self, key: str, text: str) -> None:
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=text.encode())
