from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from feature_repo.ingest.compaction import SCATTERED, read_compacted
from feature_repo.lake.objects import Lake

if TYPE_CHECKING:
    from collections.abc import Sequence

PREFIX = "raw/feedback/dt=2026-11-21/"
CACHE = "offline/compacted/feedback/dt=2026-11-21.parquet"
MANY = 3 * SCATTERED


@pytest.fixture
def asked(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys read one by one, after a day of many objects has been read once."""
    for number in range(MANY):
        lake.put(f"{PREFIX}{number:04}.jsonl", f"event {number}\n".encode())
    assert len(read(lake)) == MANY
    keys: list[str] = []
    get_all = Lake.get_all

    def noting(self: Lake, some: Sequence[str]) -> object:
        keys.extend(some)
        return get_all(self, some)

    monkeypatch.setattr(Lake, "get_all", noting)
    return keys


def read(lake: Lake) -> list[tuple[str, bytes]]:
    return list(read_compacted(lake, list(lake.list(PREFIX)), CACHE))


def events(lake: Lake) -> list[str]:
    return [content.decode().strip() for _, content in read(lake)]


def test_cached_objects_are_not_read_again(lake: Lake, asked: list[str]) -> None:
    assert events(lake) == [f"event {number}" for number in range(MANY)]
    assert asked == []


def test_new_and_changed_objects_are_read_in_order(lake: Lake, asked: list[str]) -> None:
    lake.put(f"{PREFIX}0003.jsonl", b"another\n")
    lake.put(f"{PREFIX}0005.jsonl.more", b"new\n")
    expected = [f"event {number}" for number in range(MANY)]
    expected[3] = "another"
    expected.insert(6, "new")
    assert events(lake) == expected
    assert asked == [f"{PREFIX}0003.jsonl", f"{PREFIX}0005.jsonl.more"]


def test_removed_objects_are_not_read(lake: Lake, asked: list[str]) -> None:
    lake.delete([f"{PREFIX}0000.jsonl"])
    assert events(lake) == [f"event {number}" for number in range(1, MANY)]
    assert asked == []


@pytest.mark.parametrize("damage", [b"", b"PAR1 no parquet PAR1"])
def test_a_damaged_cache_is_rewritten(lake: Lake, asked: list[str], damage: bytes) -> None:
    good = lake.get(CACHE)
    lake.put(CACHE, damage)
    assert events(lake) == [f"event {number}" for number in range(MANY)]
    assert len(asked) == MANY
    assert lake.get(CACHE) == good


def test_a_few_objects_are_not_cached(lake: Lake) -> None:
    for number in range(SCATTERED):
        lake.put(f"{PREFIX}{number}.jsonl", b"event\n")
    assert len(read(lake)) == SCATTERED
    assert lake.get(CACHE) is None
