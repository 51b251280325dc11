"""Near-copies are found whatever was changed, added or cut, and a flood of them takes little memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from sentiment.reviews.near_copies import first_of_near_copies, near_copies
from sentiment.reviews.sample import load_sample

TEXTS = [review.text for review in load_sample() if 200 < len(review.text) < 600][:120]
ONE, OTHERS = TEXTS[0], TEXTS[1:]


@pytest.mark.parametrize(
    "copy",
    [
        ONE.upper(),
        f"{ONE} .",
        f"Bought it here. {ONE}",
        ". ".join(reversed(ONE.split(". "))),
        ONE[: len(ONE) * 3 // 4],
        " ".join(word for number, word in enumerate(ONE.split()) if number % 8),
        " ".join([*OTHERS[:10], ONE, *OTHERS[10:20]]),
    ],
    ids=["case", "added", "sentence", "turned", "cut", "words", "hidden"],
)
def test_a_near_copy_is_found(copy: str) -> None:
    assert near_copies([copy], [ONE]).tolist() == [True]
    assert near_copies([ONE], [copy]).tolist() == [True]
    assert near_copies([copy], OTHERS[20:]).tolist() == [False]


def test_reviews_are_no_near_copies_of_each_other() -> None:
    assert not near_copies(TEXTS[:60], TEXTS[60:]).any()
    assert near_copies(TEXTS, reversed(TEXTS)).all()


def test_no_texts() -> None:
    assert near_copies([], [ONE]).tolist() == []
    assert near_copies(["", ONE], []).tolist() == [False, False]
    assert first_of_near_copies([], []).tolist() == []


def test_the_first_of_near_copies_is_kept_in_each_group() -> None:
    texts = [ONE, f"{ONE} .", OTHERS[0], ONE.upper(), f"So: {OTHERS[0]}"]
    assert first_of_near_copies(texts, "aaabb").tolist() == [True, False, True, True, True]


def test_a_flood_of_near_copies_takes_little_memory() -> None:
    random = np.random.default_rng(0)
    flood = [f"{ONE} {number}" for number in random.integers(10**9, size=1_000).tolist()]
    tracemalloc.start()
    assert near_copies(flood, [ONE, *OTHERS]).all()
    assert first_of_near_copies(flood, [""] * len(flood)).sum() == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6
