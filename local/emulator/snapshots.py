"""Snapshots of everything the emulator holds in memory: complete or absent, never partial.

A snapshot is a folder `snapshot-<generation>` that appears by one rename. The previous one, and the journals that
follow it, are deleted only after that. So whenever the process dies, the newest snapshot and the journals from its
generation on contain everything that was acknowledged.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

from ministack import app as ministack
from ministack.core import persistence
from ministack.services import dynamodb, lambda_svc

from local.files import sync_folder

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator.journal import Journal

CHECKSUMS = "checksums.json"
ATTEMPTS = 20
"""How often to try when a provisioning thread changes a dictionary while it is being copied."""


class DamagedSnapshotError(Exception):
    """A snapshot was changed after it was written. ministack would silently skip a file that it cannot read."""


class Snapshots:
    """The snapshots of one state folder.

    Raises:
        DamagedSnapshotError: The newest one is damaged. It is left unchanged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = asyncio.Lock()
        found = [int(path.name.partition("-")[2]) for path in folder.glob("snapshot-*") if path.name[9:].isdigit()]
        self.loaded = max(found, default=0)
        self.generation = max([self.loaded, *journals(folder)], default=0)
        if self.loaded:
            _check(self.current)
        self.taken_at: float | None = None
        self.error: str | None = None
        # ministack prunes code that the newest functions do not use before the snapshot without it is on the disk.
        self._prune = lambda_svc._prune_orphan_code_blobs
        self._code_in_use: set[str] = set()
        lambda_svc._prune_orphan_code_blobs = self._remember_code

    @property
    def current(self) -> Path:
        """The newest snapshot's folder; it may not exist yet."""
        return self._folder / f"snapshot-{self.loaded}"

    def restore_streams(self) -> None:
        """Restore the stream records, which ministack does not persist.

        ministack 1.5.33 saves how far each consumer has read but not the records, so after any restart the first
        records would be skipped. Remove this when `dynamodb.get_state()` holds `_stream_records`.
        """
        path = self.current / "streams.json"
        if path.exists():
            saved = json.loads(path.read_text(), object_hook=persistence._json_object_hook)
            dynamodb._stream_records.update(saved["records"])
            dynamodb._stream_trimmed.update(saved["trimmed"])
            self.taken_at = path.stat().st_mtime

    async def take(self, journal: Journal) -> None:
        """Save everything; later writes go to the journal that follows this snapshot.

        Raises:
            OSError: The disk refused it.
            RuntimeError: The state kept changing while it was being copied.
            TypeError: The state holds something that JSON cannot represent.
        """
        async with self._lock:
            try:
                await self._save(journal)
            except Exception as error:  # nothing else would show that there is no newer snapshot
                self.error = f"{type(error).__name__}: {error}"
                raise
            self.loaded, self.taken_at, self.error = self.generation, time.time(), None

    async def _save(self, journal: Journal) -> None:
        """Save; until the last step is done, the previous snapshot and its journals still hold everything."""
        states = await self._copy()
        self.generation += 1
        journal.rotate(self.generation)
        await asyncio.to_thread(self._write, self.generation, states)

    async def _copy(self) -> dict[str, Any]:
        for attempt in range(ATTEMPTS):
            try:
                streams = {"records": dynamodb._stream_records, "trimmed": dynamodb._stream_trimmed}
                states = {"streams": copy.deepcopy(streams)}
                for name, get_state in ministack._build_persistence_save_dict().items():
                    state = get_state()
                    if state is not None:
                        version = persistence._state_format_version(name)
                        states[name] = {"__ministack_format__": version, "payload": state}
            except RuntimeError:
                if attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(0.05)
            else:
                return states
        raise AssertionError

    def _write(self, generation: int, states: dict[str, Any]) -> None:
        unfinished = self._folder / f"snapshot-{generation}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        checksums = {}
        for name, state in states.items():
            # Not `json.dump`, which encodes in Python and keeps the event loop from running.
            data = json.dumps(state, default=persistence._json_default).encode()
            checksums[f"{name}.json"] = hashlib.sha256(data).hexdigest()
            _write_to_disk(unfinished / f"{name}.json", data)
        _write_to_disk(unfinished / CHECKSUMS, json.dumps(checksums).encode())
        unfinished.rename(self._folder / f"snapshot-{generation}")
        sync_folder(self._folder)
        for path in self._folder.glob("snapshot-*"):
            if path.name != f"snapshot-{generation}":
                shutil.rmtree(path)
        for earlier, path in journals(self._folder).items():
            if earlier < generation:
                path.unlink()
        self._prune(self._code_in_use)

    def _remember_code(self, in_use: set[str]) -> None:
        self._code_in_use = in_use


def _write_to_disk(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _check(snapshot: Path) -> None:
    try:
        checksums: dict[str, str] = json.loads((snapshot / CHECKSUMS).read_bytes())
        damaged = [
            name
            for name, checksum in checksums.items()
            if hashlib.sha256((snapshot / name).read_bytes()).hexdigest() != checksum
        ]
    except (OSError, ValueError) as error:
        raise DamagedSnapshotError(f"{snapshot} is damaged: {error}. Restore a copy, or run make reset.") from error
    if damaged:
        raise DamagedSnapshotError(
            f"{snapshot} is damaged: {', '.join(damaged)} changed since it was written. "
            "Restore a copy, or run make reset."
        )


def journals(folder: Path) -> dict[int, Path]:
    """The journals of a state folder by generation, oldest first."""
    found = {int(path.stem.partition("-")[2]): path for path in folder.glob("journal-*.jsonl")}
    return dict(sorted(found.items()))
