"""The emulator's ASGI application: ministack with an identity, snapshots, a journal and a log of API calls."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections import Counter
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from ministack import app as ministack
from ministack.core import persistence

from local.addresses import API_PREFIX, IDENTITY_PATH, OWN_PREFIX, SERVICE, SNAPSHOT_PATH
from local.emulator import api_keys, functions
from local.emulator.interrupted import end_interrupted_deployments
from local.emulator.journal import WRITES, Journal
from local.emulator.snapshots import Snapshots, journals
from local.emulator.table_streams import TableStreams
from local.files import read_object, write_whole
from local.guard import shown_path

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator.writes import Write
    from local.guard import Message, Receive, Scope, Send

SNAPSHOT_EVERY_S = 2.0
JOURNAL_LIMIT = 10_000
"""Writes in one journal before the next snapshot. A snapshot copies every table while requests wait."""
_READS = ("Get", "Describe", "List", "Receive", "Query", "Scan", "BatchGet")

logger = logging.getLogger("sentiment-loop")


class Emulator:
    """The ASGI application on one state folder."""

    def __init__(self, folder: Path, owner: dict[str, str]) -> None:
        self._folder = folder
        self._running = folder / "running.json"
        self._recoveries = folder / "recoveries.jsonl"
        self._snapshots = Snapshots(folder)
        persistence.STATE_DIR = str(self._snapshots.current)
        self._journal = Journal(folder, self._snapshots.generation + 1)
        TableStreams().install()
        functions.install()
        api_keys.install()
        self._dirty = False
        self._ticking: asyncio.Task[None] | None = None
        self._identity = {"service": SERVICE, **owner, "pid": os.getpid(), "started_at": _now()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop with the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(OWN_PREFIX):
            await self._own(scope, send)
        elif scope["type"] == "http" and scope["path"].startswith(API_PREFIX):
            await self._logged(scope, receive, send)
        else:
            changes = _changes_configuration(scope)

            async def flush_and_send(message: Message) -> None:
                if changes and message["type"] == "http.response.start" and message["status"] < HTTPStatus.BAD_REQUEST:
                    self._journal.note(_call(scope))
                await self._journal.flush()
                await send(message)

            self._dirty |= changes
            try:
                await ministack.app(scope, receive, flush_and_send)
            finally:
                self._dirty |= changes  # a snapshot during the request may have missed its change

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def receive_and_save() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._stop()
            return message

        async def recover_and_send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                try:
                    await asyncio.create_task(self._start())
                except Exception as error:  # after any error, serving would lose acknowledged writes
                    logger.critical("the state could not be recovered, so nothing is served", exc_info=error)
                    message = {"type": "lifespan.startup.failed", "message": str(error)}
            await send(message)

        await ministack.app(scope, receive_and_save, recover_and_send)

    async def _start(self) -> None:
        self._snapshots.restore_streams()
        interrupted = end_interrupted_deployments()
        if interrupted:
            logger.warning("a deployment of %s was interrupted", ", ".join(interrupted))
        crashed = self._running.exists()
        done: list[Write] = []
        refused: list[Write] = []
        unreadable = 0
        for generation, path in journals(self._folder).items():
            if self._snapshots.loaded <= generation <= self._snapshots.generation:
                more_done, more_refused, more_unreadable = await self._journal.replay(path)
                done += more_done
                refused += more_refused
                unreadable += more_unreadable
        self._journal.install()
        if crashed:
            recovery = {
                "detected_at": _now(),
                "run_began_at": read_object(self._running).get("started_at") or _iso(self._running.stat().st_mtime),
                "snapshot_at": _iso(self._snapshots.taken_at),
                "last_write_at": _iso(max((write.at for write in done + refused), default=None)),
                "replayed": Counter(write.action for write in done),
                "refused": Counter(write.action for write in refused) | Counter(unreadable=unreadable),
            }
            with self._recoveries.open("a") as file:
                file.write(json.dumps(recovery) + "\n")
            logger.warning("the last run did not stop cleanly: %s", json.dumps(recovery))
        await self._snapshots.take(self._journal)
        write_whole(self._running, json.dumps(self._identity))
        self._ticking = asyncio.create_task(self._tick())
        self._ticking.add_done_callback(self._report_end)

    async def _stop(self) -> None:
        if self._ticking:
            self._ticking.cancel()
        await self._snapshots.take(self._journal)
        ministack.PERSIST_STATE = False  # saved above; ministack's own save is not atomic
        self._running.unlink(missing_ok=True)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(SNAPSHOT_EVERY_S)
            if self._dirty or self._journal.entries >= JOURNAL_LIMIT:
                self._dirty = False
                try:
                    await self._snapshots.take(self._journal)
                except (OSError, RuntimeError, TypeError) as error:
                    self._dirty = True
                    # Repeated every two seconds until it is fixed, so without the traceback.
                    logger.error("could not save a snapshot, the previous one is kept: %s", error)  # noqa: TRY400 (above)

    def _report_end(self, ticking: asyncio.Task[None]) -> None:
        """Report a bug in saving: nothing else would show that no more snapshots are made."""
        error = None if ticking.cancelled() else ticking.exception()
        if error:
            self._snapshots.error = f"saving ended: {error!r}"
            logger.critical("no more snapshots are made", exc_info=error)

    async def _own(self, scope: Scope, send: Send) -> None:
        if scope["method"] == "POST" and scope["path"] == SNAPSHOT_PATH:
            await self._snapshots.take(self._journal)
        status = 200 if scope["path"] in {IDENTITY_PATH, SNAPSHOT_PATH} else 404
        body = self._identity | {
            "snapshot_at": _iso(self._snapshots.taken_at),
            "snapshot_error": self._snapshots.error,
            "journal_error": self._journal.error,
            "journalled_writes": self._journal.entries,
        }
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.perf_counter(), 0

        async def note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await ministack.app(scope, receive, note)
        path = "/" + "/".join(scope["path"].removeprefix(API_PREFIX).split("/")[2:])
        milliseconds = 1000 * (time.perf_counter() - started)
        logger.info("%s %s %d %.0f ms", scope["method"], shown_path(path), status, milliseconds)


def _changes_configuration(scope: Scope) -> bool:
    """Whether a request may change state that only snapshots save.

    Reads change nothing, items are in the journal, objects are on disk, functions make calls of their own.
    """
    if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    headers = dict(scope["headers"])
    action = headers.get(b"x-amz-target", b"").rpartition(b".")[2].decode()
    authorization = headers.get(b"authorization", b"")
    if action.startswith(_READS) or action in WRITES or b"/sts/" in authorization:
        return False
    if str(scope["path"]).endswith("/invocations"):
        return False
    if b"/s3/" in authorization:
        return "/" not in str(scope["path"]).strip("/")
    return True


def _call(scope: Scope) -> str:
    """The name of a call: its service, and its action or method."""
    headers = dict(scope["headers"])
    action = headers.get(b"x-amz-target", b"").rpartition(b".")[2].decode()
    credential = headers.get(b"authorization", b"").decode(errors="replace").partition("Credential=")[2].split("/")
    service = credential[3] if len(credential) > 3 else "unknown"  # noqa: PLR2004 (key, day, region, service)
    return f"{service} {action or scope['method']}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _iso(timestamp: float | None) -> str | None:
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="seconds")
