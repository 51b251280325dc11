"""Reading keeps one row in memory: six times the file takes no more."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections import deque
from typing import TYPE_CHECKING

import pytest

from sentiment.reviews.reading import Rejected, read_reviews

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEBIBYTE = 1024**2
KAGGLE_HEADER = "Id,ProductId,UserId,ProfileName,Score,Time,Summary,Text\n"


def json_line(number: int) -> str:
    return json.dumps({"rating": 5, "text": f"number {number} " + "good " * 300}) + "\n"


def kaggle_line(number: int) -> str:
    return f'{number},B1,U1,name,5,1349568000,title,"number {number} {"good " * 300}"\n'


def snap_block(number: int) -> str:
    return f"review/score: 5.0\nreview/text: number {number} {'good ' * 300}\n\n"


def blitzer_review(number: int) -> str:
    text = f"{number} {'good ' * 300}"
    return f"<review>\n<rating>\n5.0\n</rating>\n<review_text>\n{text}\n</review_text>\n</review>\n"


def array_element(number: int) -> str:
    return json_line(number).rstrip() + ",\n"


def peak_bytes(path: Path) -> int:
    deque(read_reviews(path), maxlen=0)  # once before, so that what is imported and cached is not counted
    tracemalloc.start()
    try:
        deque(read_reviews(path), maxlen=0)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("", json_line),
        ("[", array_element),
        (KAGGLE_HEADER, kaggle_line),
        ("", snap_block),
        ("", blitzer_review),
    ],
)
def test_memory_does_not_grow_with_the_file(head: str, row: Callable[[int], str], tmp_path: Path) -> None:
    peaks = []
    for rows in (400, 2_400):  # 0.6 and 3.6 MB
        path = tmp_path / f"{rows}.gz"
        path.write_bytes(gzip.compress((head + "".join(map(row, range(rows)))).encode(), compresslevel=1))
        peaks.append(peak_bytes(path))
    assert peaks[1] < 1.1 * peaks[0] + 0.2 * MEBIBYTE
    assert peaks[1] < 4 * MEBIBYTE


def test_an_endless_line_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(json_line(1).encode() + b"x" * (40 * MEBIBYTE), compresslevel=1))
    assert peak_bytes(path) < 5 * MEBIBYTE
    *_, last = read_reviews(path)
    assert isinstance(last, Rejected)
    assert (last.line, last.size_bytes) == (2, 40 * MEBIBYTE)


def test_unclosed_quotes_keep_no_more_than_a_review(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(KAGGLE_HEADER + "".join(map(kaggle_line, range(200))) + '1,"' + ("x" * 999 + "\n") * 3_000)
    assert peak_bytes(path) < 5 * MEBIBYTE
