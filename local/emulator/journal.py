"""A journal of DynamoDB writes: acknowledged writes since the last snapshot survive `kill -9` and a power failure.

ministack keeps tables in memory. Each successful write is appended to the journal, and is on the disk before its answer
is sent. Writes are replayed in the same order on top of the snapshot that they follow. A replayed write gives its
stream records their old sequence numbers, so that a consumer sees the same record again rather than a second one.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING

from ministack.core import responses
from ministack.services import dynamodb

from local.emulator.writes import Write, WriteFile, read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    Answer = tuple[int, dict[str, str], bytes]
    Handler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Answer]]

WRITES = frozenset(
    {
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "TransactWriteItems",
        "ExecuteStatement",
        "BatchExecuteStatement",
        "ExecuteTransaction",
    }
)
MARGIN = 16_384
"""Bytes of a line besides its body: a transaction of 100 items has 100 sequence numbers of 30 digits."""


class Journal:
    """Appends each write to `journal-<generation>.jsonl`; generation N follows snapshot N."""

    def __init__(self, folder: Path, generation: int) -> None:
        self._folder = folder
        self._handle: Handler = dynamodb.handle_request
        self._next_sequence: Callable[[], str] = dynamodb._next_stream_seq
        self._issued: list[str] = []
        self._replayed: Iterator[str] = iter(())
        self.entries = 0
        self.error: str | None = None
        """Why the last write was refused; None after one that succeeded."""
        self._file = self._open(generation)
        self._appended = self._flushed = 0
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._flushing: asyncio.Future[None] | None = None

    def install(self) -> None:
        """Patch ministack's DynamoDB."""
        dynamodb.handle_request = self._journalled
        dynamodb._next_stream_seq = self._sequence

    def rotate(self, generation: int) -> None:
        """Start the journal that follows snapshot `generation`."""
        finished, self._file = self._file, self._open(generation)
        finished.close()
        self.entries = 0
        self._flushed = self._appended

    def _open(self, generation: int) -> WriteFile:
        return WriteFile(self._folder / f"journal-{generation}.jsonl")

    def note(self, action: str) -> None:
        """Append the name of a call that only the next snapshot saves, so that a crash before it can name the call."""
        with contextlib.suppress(OSError), self._error_kept():  # the call has been done
            self._file.append(Write(action, "", "", "", [], time.time()))

    async def replay(self, path: Path) -> tuple[list[Write], list[Write], int]:
        """Replay one journal. Returns the writes done, those lost or refused, and how many could not be read.

        Call it in a separate task: it leaves the account and the region of the last write in the context.
        """
        done: list[Write] = []
        refused: list[Write] = []
        unreadable = 0
        for write in read(path):
            if write is None:
                unreadable += 1
                continue
            if write.action not in WRITES:
                refused.append(write)
                continue
            self._replayed = iter(write.sequences)
            responses._request_account_id.set(write.account)
            responses._request_region.set(write.region)
            status, _, _ = await self._handle("POST", "/", {"x-amz-target": write.target}, write.body.encode(), {})
            (done if status == HTTPStatus.OK else refused).append(write)
        self._replayed = iter(())
        return done, refused, unreadable

    async def flush(self) -> None:
        """Wait until everything appended so far is on the disk; one flush serves all waiting requests.

        Raises:
            OSError: The disk refused it.
        """
        wanted = self._appended
        while self._flushed < wanted:
            if self._flushing is None:
                self._flushing = asyncio.ensure_future(self._flush_once())
            await asyncio.shield(self._flushing)

    async def _flush_once(self) -> None:
        reached = self._appended
        try:
            with self._error_kept():
                await asyncio.get_running_loop().run_in_executor(self._disk, self._file.sync)
        finally:
            self._flushing = None
        self.error = None
        self._flushed = max(self._flushed, reached)

    async def _journalled(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
    ) -> Answer:
        target = headers.get("x-amz-target", "")
        writes = target.rpartition(".")[2] in WRITES
        if writes:  # JSON needs at most two bytes for one. ministack answers an error here with 500, before it writes
            with self._error_kept():
                self._file.make_room(2 * len(body) + MARGIN)
        self._issued = []
        answer = await self._handle(method, path, headers, body, query_params)
        # ministack's handler never awaits, so no snapshot can fall between the write and this line.
        if writes and answer[0] == HTTPStatus.OK:
            account, region = responses.get_account_id(), responses.get_region()
            with self._error_kept():
                self._file.append(Write(target, body.decode(), account, region, self._issued, time.time()))
            self.entries += 1
            self._appended += 1
        return answer

    @contextlib.contextmanager
    def _error_kept(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.error = f"{type(error).__name__}: {error}"
            raise

    def _sequence(self) -> str:
        sequence = next(self._replayed, None) or self._next_sequence()
        self._issued.append(sequence)
        return sequence
