"""A write-ahead journal of DynamoDB writes, so that what was acknowledged since the last snapshot survives `kill -9`.

ministack keeps tables in memory. Each successful write is appended here before its answer leaves the process, and
replayed in the same order on top of the snapshot it follows. A replayed write gives its stream records the sequence
numbers they had, so that a consumer sees the same record again rather than a second one.
"""

from __future__ import annotations

import time
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


class Journal:
    """Appends each write to `journal-<generation>.jsonl`; generation N follows snapshot N."""

    def __init__(self, folder: Path, generation: int) -> None:
        self._folder = folder
        self._handle: Handler = dynamodb.handle_request
        self._next_sequence: Callable[[], str] = dynamodb._next_stream_seq
        self._issued: list[str] = []
        self._replayed: Iterator[str] = iter(())
        self.entries = 0
        self._file = self._begin(generation)

    def install(self) -> None:
        """Stand in front of ministack's DynamoDB from now on."""
        dynamodb.handle_request = self._journalled
        dynamodb._next_stream_seq = self._sequence

    def rotate(self, generation: int) -> None:
        """Begin the journal that follows snapshot `generation`."""
        finished, self._file = self._file, self._begin(generation)
        finished.close()
        self.entries = 0

    def _begin(self, generation: int) -> WriteFile:
        return WriteFile(self._folder / f"journal-{generation}.jsonl")

    async def replay(self, path: Path) -> tuple[list[Write], list[Write], int]:
        """Do the writes of one journal again. Returns those done, those refused, and how many could not be read.

        Call it in a task of its own: it leaves the account and the region of the last write in the context.
        """
        done: list[Write] = []
        refused: list[Write] = []
        unreadable = 0
        for write in read(path):
            if write is None:
                unreadable += 1
                continue
            self._replayed = iter(write.sequences)
            responses._request_account_id.set(write.account)
            responses._request_region.set(write.region)
            status, _, _ = await self._handle("POST", "/", {"x-amz-target": write.target}, write.body.encode(), {})
            (done if status == HTTPStatus.OK else refused).append(write)
        self._replayed = iter(())
        return done, refused, unreadable

    async def _journalled(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
    ) -> Answer:
        self._issued = []
        answer = await self._handle(method, path, headers, body, query_params)
        target = headers.get("x-amz-target", "")
        # ministack's handler never awaits, so no snapshot can fall between the write and this line. When the line
        # cannot be written ministack answers the error with 500: nothing is acknowledged that would not survive.
        if answer[0] == HTTPStatus.OK and target.rpartition(".")[2] in WRITES:
            account, region = responses.get_account_id(), responses.get_region()
            self._file.append(Write(target, body.decode(), account, region, self._issued, time.time()))
            self.entries += 1
        return answer

    def _sequence(self) -> str:
        sequence = next(self._replayed, None) or self._next_sequence()
        self._issued.append(sequence)
        return sequence
