"""A write-ahead journal of DynamoDB writes, so that what was acknowledged since the last snapshot survives `kill -9`.

ministack keeps tables in memory. Each successful write is appended here before its answer leaves the process, and
replayed in the same order on top of the snapshot it follows. A replayed write gives its stream records the sequence
numbers they had, so that a consumer sees the same record again rather than a second one.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from ministack.core import responses
from ministack.services import dynamodb

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


@dataclass(frozen=True)
class Write:
    """One acknowledged DynamoDB write: enough to do it again."""

    target: str
    body: str
    account: str
    region: str
    sequences: list[str]
    at: float

    @property
    def action(self) -> str:
        """The operation's name, such as `TransactWriteItems`."""
        return self.target.rpartition(".")[2]


class Journal:
    """Appends each write to `journal-<generation>.jsonl`; generation N follows snapshot N."""

    def __init__(self, folder: Path, generation: int) -> None:
        self._folder = folder
        self._handle: Handler = dynamodb.handle_request
        self._next_sequence: Callable[[], str] = dynamodb._next_stream_seq  # noqa: SLF001 (ministack has no hook)
        self._issued: list[str] = []
        self._replayed: Iterator[str] = iter(())
        self.entries = 0
        self._descriptor = -1
        self.rotate(generation)

    def install(self) -> None:
        """Stand in front of ministack's DynamoDB from now on."""
        dynamodb.handle_request = self._journalled
        dynamodb._next_stream_seq = self._sequence  # noqa: SLF001 (ministack has no hook)

    def rotate(self, generation: int) -> None:
        """Begin the journal that follows snapshot `generation`."""
        if self._descriptor >= 0:
            os.fsync(self._descriptor)
            os.close(self._descriptor)
        path = self._folder / f"journal-{generation}.jsonl"
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.entries = 0

    async def replay(self, path: Path) -> tuple[list[Write], list[Write]]:
        """Do the writes of one journal again. Returns those done and those that were refused.

        Call it in a task of its own: it leaves the account and the region of the last write in the context.
        """
        done: list[Write] = []
        refused: list[Write] = []
        for write in read(path):
            self._replayed = iter(write.sequences)
            responses._request_account_id.set(write.account)  # noqa: SLF001 (ministack has no setter)
            responses._request_region.set(write.region)  # noqa: SLF001
            status, _, _ = await self._handle("POST", "/", {"x-amz-target": write.target}, write.body.encode(), {})
            (done if status == HTTPStatus.OK else refused).append(write)
        self._replayed = iter(())
        return done, refused

    async def _journalled(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
    ) -> Answer:
        self._issued = []
        answer = await self._handle(method, path, headers, body, query_params)
        target = headers.get("x-amz-target", "")
        # ministack's handler never awaits, so no snapshot can fall between the write and this line.
        if answer[0] == HTTPStatus.OK and target.rpartition(".")[2] in WRITES:
            account, region = responses.get_account_id(), responses.get_region()
            self._append(Write(target, body.decode(), account, region, self._issued, time.time()))
        return answer

    def _append(self, write: Write) -> None:
        os.write(self._descriptor, json.dumps(asdict(write)).encode() + b"\n")
        self.entries += 1

    def _sequence(self) -> str:
        sequence = next(self._replayed, None) or self._next_sequence()
        self._issued.append(sequence)
        return sequence


def read(path: Path) -> Iterator[Write]:
    """The writes of a journal, in order. A last line cut short by a crash was never acknowledged, and is left out."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield Write(**json.loads(line))
