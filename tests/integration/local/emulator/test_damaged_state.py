"""On a damaged state the emulator does not start, and leaves the state unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local import start
from local.errors import LocalError
from local.terminal import Step

if TYPE_CHECKING:
    from pathlib import Path

    from local.loop import Loop


def _start(loop: Loop) -> None:
    start.supervisor(loop)
    start.emulator(loop, Step("Start the emulator", 2))


def _stopped_state(loop: Loop) -> Path:
    _start(loop)
    loop.supervisor.stop("emulator")
    return loop.state_dir / "emulator"


@pytest.mark.parametrize("name", ["dynamodb.json", "streams.json", "checksums.json"])
def test_a_damaged_snapshot_is_named_and_kept(loop: Loop, name: str) -> None:
    state = _stopped_state(loop)
    (snapshot,) = state.glob("snapshot-*")
    damaged = snapshot / name
    damaged.write_bytes(damaged.read_bytes()[:-1])

    with pytest.raises(LocalError) as caught:
        _start(loop)

    assert caught.value.log is not None
    assert f"{snapshot} is damaged" in caught.value.log.read_text()
    assert list(state.glob("snapshot-*")) == [snapshot]


def test_when_recovery_fails_nothing_is_served_and_nothing_deleted(loop: Loop) -> None:
    state = _stopped_state(loop)
    before = sorted(path.name for path in state.glob("snapshot-*"))
    (state / "running.json").write_text("{}")  # as after a kill
    (state / "recoveries.jsonl").mkdir()  # what recovery writes to

    with pytest.raises(LocalError, match="emulator exited while starting"):
        _start(loop)

    assert sorted(path.name for path in state.glob("snapshot-*")) == before
