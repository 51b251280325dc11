"""A lease in the lake: one ingest or frame at a time. S3's conditional writes decide who has it.

It expires if it is not renewed. Its age is measured by S3's clock alone, so machines with a wrong clock do no harm.
"""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from feature_repo.errors import DamagedLakeError, IngestConflictError, LakeError
from feature_repo.lake.keys import LEASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feature_repo.lake.objects import Lake

LENGTH = timedelta(seconds=30)
"""A lease that has not been renewed for this long is free."""
RENEW_S = 5.0
PATIENCE_S = 60.0
"""How long to wait for another ingest or frame to end."""
_PAUSE_S = 0.2
_FREE = b"free"


class Lease:
    """The lease, held by this process until it is given back or expires."""

    def __init__(self, lake: Lake, owner: str, etag: str) -> None:
        self._lake = lake
        self._owner = owner
        self._etag = etag
        self._renewals = 0
        self._renewed_at = time.monotonic()
        self._lock = threading.Lock()
        self._lost = False
        self._ended = threading.Event()

    def check(self) -> None:
        """Return if the lease is still held; renew it first if that is overdue, as after a machine's sleep.

        Raises:
            IngestConflictError: Another process holds it.
            LakeError: S3 does not answer.
        """
        if time.monotonic() - self._renewed_at > 2 * RENEW_S:
            self.renew()
        elif self._lost:
            raise _taken_over()

    def renew(self) -> None:
        """Renew the lease.

        Raises:
            IngestConflictError: Another process holds it.
            LakeError: S3 does not answer.
        """
        with self._lock:
            if self._lost:
                raise _taken_over()
            started_at = time.monotonic()
            self._renewals += 1
            etag = _put(self._lake, f"{self._owner} {self._renewals}".encode(), replacing=self._etag)
            if etag is None:
                self._lost = True
                raise _taken_over()
            self._etag, self._renewed_at = etag, started_at

    def keep(self) -> None:
        """Renew the lease until `stop_renewing`; runs in a thread."""
        while not self._ended.wait(RENEW_S):
            try:
                self.renew()
            except IngestConflictError:
                return
            except LakeError:
                continue  # the writes that the lease protects fail the same way, and report it

    def stop_renewing(self) -> None:
        """End `keep`."""
        self._ended.set()

    def give_back(self) -> None:
        """Free the lease, unless another process has it."""
        with self._lock:
            if not self._lost:
                self._lost = True
                _put(self._lake, _FREE, replacing=self._etag)


@contextmanager
def lease(lake: Lake) -> Iterator[Lease]:
    """Hold the lake's lease, after waiting for another ingest or frame to end.

    Raises:
        IngestConflictError: It did not end in time.
        LakeError: S3 does not answer.
    """
    held = _take(lake)
    threading.Thread(target=held.keep, daemon=True).start()
    gives_back = True
    try:
        yield held
    except DamagedLakeError:
        raise
    except LakeError:
        gives_back = False  # S3 does not answer, so do not wait for it again: the lease expires
        raise
    finally:
        held.stop_renewing()
        if gives_back:
            with suppress(LakeError):  # the work is done, and the lease expires
                held.give_back()


def _take(lake: Lake) -> Lease:
    owner = secrets.token_hex(16)
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        found = lake.read(LEASE)
        if found is None or found.content == _FREE or found.read_at - found.written_at > LENGTH:
            etag = _put(lake, f"{owner} 0".encode(), replacing=found.etag if found else None)
            if etag is not None:
                return Lease(lake, owner, etag)
        if time.monotonic() > give_up_at:
            raise IngestConflictError(
                f"Another ingest or frame of {lake.bucket} has not ended in {PATIENCE_S:.0f} s: run this again later."
            )
        time.sleep(_PAUSE_S)


def _put(lake: Lake, content: bytes, *, replacing: str | None) -> str | None:
    etag = lake.put_if(LEASE, content, replacing=replacing)
    if etag is None:
        # The answer to our own write may have been lost, and boto3 has then written again.
        found = lake.read(LEASE)
        return found.etag if found is not None and found.content == content else None
    return etag


def _taken_over() -> IngestConflictError:
    return IngestConflictError("Another ingest took the lease while this one was not responding: run this one again.")
