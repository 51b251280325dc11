"""Hashes get their names back, from as few lists as have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sentiment.model.streaming.naming import names_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def lines(*names: str) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), dtype=np.uint8)


def test_names_come_in_the_order_of_the_hashes_and_no_list_is_read_in_vain() -> None:
    def lists() -> Iterator[list[NDArray[Any]]]:
        yield [np.array([5, 9]), lines("good", "不 好")]
        yield [np.array([], dtype=np.int64), lines()]
        yield [np.array([7, 5]), lines("~bad idea", "good")]
        raise AssertionError("all names were found before")

    assert names_of(np.array([7, 5, 9]), lists()) == ["~bad idea", "good", "不 好"]


def test_nothing_wanted_is_nothing_read() -> None:
    assert names_of(np.array([], dtype=np.int64), [[np.array([5]), lines("good")]]) == []
