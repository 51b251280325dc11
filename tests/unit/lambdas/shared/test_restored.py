"""An environment that begins from a snapshot shares neither chance nor an old model with the others."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
import snapshot_restore_py as runtime

from lambdas.shared.restored import after_restore

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def restore(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Do what the runtime does after a restore."""
    registered: list[tuple[Callable[..., object], tuple[object, ...], dict[str, object]]] = []
    monkeypatch.setattr(runtime, "_after_restore_registry", registered)

    def run() -> None:
        for action, arguments, named in registered:
            action(*arguments, **named)

    return run


def test_environments_of_one_snapshot_draw_different_numbers(restore: Callable[[], None]) -> None:
    after_restore()
    snapshot = random.getstate()
    drawn = set()
    for _ in range(3):
        random.setstate(snapshot)
        restore()
        drawn.add(random.random())
    assert len(drawn) == 3


def test_more_can_be_done(restore: Callable[[], None]) -> None:
    done: list[str] = []
    after_restore(lambda: done.append("asked for the model"))
    assert done == []
    restore()
    assert done == ["asked for the model"]
