"""Counts are exact until memory runs out and never too high after that; hashes get their names back."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from sentiment.model.streaming.ngrams import NgramCounts, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def counted(parts: list[dict[int, float]], limit: int) -> NgramCounts:
    counts = NgramCounts(limit)
    for part in parts:
        counts.add(np.array(list(part), dtype=np.int64), np.array(list(part.values())))
    return counts


def test_the_most_frequent_are_those_of_the_highest_sums() -> None:
    counts = counted([{7: 1.0, -3: 2.0, 5: 0.5}, {5: 0.5, 7: 3.0}, {9: 1.0}], limit=1000)
    assert counts.most_frequent(10, least=0).tolist() == [-3, 5, 7, 9]
    assert counts.most_frequent(2, least=0).tolist() == [-3, 7]
    assert counts.most_frequent(10, least=2).tolist() == [-3, 7]
    assert counts.forgotten == 0


def test_of_equal_counts_the_lower_hash_is_taken() -> None:
    assert counted([{3: 1.0, 1: 1.0, 2: 1.0}], limit=1000).most_frequent(2, least=0).tolist() == [1, 2]


def test_without_counts_nothing_is_found() -> None:
    assert counted([], limit=10).most_frequent(5, least=0).tolist() == []
    assert counted([{}], limit=10).most_frequent(5, least=0).tolist() == []


def test_frequent_ones_survive_a_flood_of_rare_ones() -> None:
    random = np.random.default_rng(0)
    exact: Counter[int] = Counter()
    parts = []
    for number in range(200):
        rare = random.integers(1000, 1_000_000, size=300).tolist()
        part = dict.fromkeys([*range(20), *(one for one in rare if one > number)], 1.0)
        exact.update({one: int(count) for one, count in part.items()})
        parts.append(part)
    counts = counted(parts, limit=2000)
    assert counts.most_frequent(20, least=2).tolist() == list(range(20))
    assert len(counts.most_frequent(10**6, least=0)) <= 2000
    assert 0 < counts.forgotten < 200
    assert exact.most_common(1)[0][1] == 200


def test_extreme_hashes_are_counted_too() -> None:
    low, high = -(2**63), 2**63 - 1
    assert counted([{low: 1.0, high: 1.0}, {low: 1.0}], limit=10).most_frequent(5, least=1).tolist() == [low, high]


def lines(*names: str) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), dtype=np.uint8)


def test_names_follow_their_hashes_and_no_list_is_read_in_vain() -> None:
    def lists() -> Iterator[list[NDArray[Any]]]:
        yield [np.array([5, 9]), lines("good", "不 好")]
        yield [np.array([], dtype=np.int64), lines()]
        yield [np.array([7, 5]), lines("~bad idea", "good")]
        raise AssertionError("all names were found before")

    assert names_of(np.array([7, 5, 9]), lists()) == ["~bad idea", "good", "不 好"]


def test_without_hashes_no_list_is_read() -> None:
    assert names_of(np.array([], dtype=np.int64), [[np.array([5]), lines("good")]]) == []
