"""How the last retraining ended, from the audit log that training writes to S3."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "audit/"
"""Of the keys, which go on with the time; also in `training.registry.audit`, which cannot be imported here."""
LOOKED_BACK = timedelta(days=60)
"""Entries that are older are only listed where there is no end since."""
_ENDS = frozenset({"decision", "ended", "failure"})


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore")

    kind: str
    at: AwareDatetime


class Retraining(NamedTuple):
    """When a retraining ended, and whether it failed."""

    at: datetime
    failed: bool


class Retrainings:
    """Reads each entry of the log once."""

    def __init__(self, bucket: str, s3: S3Client) -> None:
        self._bucket = bucket
        self._s3 = s3
        self._entries: dict[str, _Entry] = {}

    def last(self, now: datetime) -> Retraining | None:
        """Return the last one; None if there was none.

        Raises:
            ClientError: S3 refused a call.
            BotoCoreError: S3 did not answer in time.
            pydantic.ValidationError: An entry is malformed.
        """
        return self._last(after=f"{PREFIX}{now - LOOKED_BACK:%Y%m%dT%H%M%S}") or self._last(after=PREFIX)

    def _last(self, *, after: str) -> Retraining | None:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=PREFIX, StartAfter=after)
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        for key in reversed(keys):
            entry = self._entry(key)
            if entry.kind in _ENDS:
                return Retraining(entry.at, entry.kind == "failure")
        return None

    def _entry(self, key: str) -> _Entry:
        if key not in self._entries:
            data = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            self._entries[key] = _Entry.model_validate_json(data)
        return self._entries[key]
