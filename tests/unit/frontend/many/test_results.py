"""What came out of a file can be taken away, is the same when read again, and does nothing in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow import parquet

from frontend.many.results import FIELDS, PAGE, Results

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREDICTED: dict[str, Any] = {
    "row": 1,
    "text": 'Two lines,\r\n"quoted", é 👍 \u2028 and a ; too',
    "label": "positive",
    "probability": 0.1234567890123,
    "model_version": "7",
    "prediction_id": "01M8PVHN8K5JFCGC3QZ8Y2ESK4",
}
UNREAD = {"row": 2, "problem": "the text is empty", "line": 3}


@pytest.fixture
def results(tmp_path: Path) -> Results:
    results = Results(tmp_path / "results.jsonl")
    results.append([PREDICTED, UNREAD])
    return results


def csv_rows(results: Results) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(results.as_csv().decode("utf-8-sig"), newline="")))


def test_json_lines_and_parquet_give_back_what_was_added(results: Results) -> None:
    assert [json.loads(line) for line in results.as_json_lines().splitlines()] == [PREDICTED, UNREAD]
    nothing = dict.fromkeys(FIELDS)
    table = parquet.read_table(io.BytesIO(results.as_parquet()))
    assert table.to_pylist() == [nothing | PREDICTED, nothing | UNREAD]
    assert tuple(table.column_names) == FIELDS


def test_csv_gives_back_what_was_added(results: Results) -> None:
    nothing = dict.fromkeys(FIELDS, "")
    expected = [nothing | {name: str(value) for name, value in row.items()} for row in (PREDICTED, UNREAD)]
    assert csv_rows(results) == expected


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        *((start + "1|cmd", f"'{start}1|cmd") for start in ("=", "+", "-", "@", " =", "＝")),
        *((f"{before}=1", f"{before}'=1") for before in ("\t", "\r", "\n", "fine;", "fine; so\n")),
        ("2 = 1 + 1, a-b@c", "2 = 1 + 1, a-b@c"),
    ],
)
def test_no_cell_of_csv_is_a_formula(text: str, cell: str, tmp_path: Path) -> None:
    """Not where semicolons separate cells either, as in Excel in much of Europe."""
    results = Results(tmp_path / "results.jsonl")
    results.append([PREDICTED | {"text": text}])
    assert csv_rows(results)[0]["text"] == cell
    assert json.loads(results.as_json_lines())["text"] == text


def test_pages_hold_the_rows_in_order(tmp_path: Path) -> None:
    results = Results(tmp_path / "results.jsonl")
    assert (results.pages, results.page(1)) == (1, [])
    for start in range(1, 2 * PAGE + 2, 77):
        results.append(PREDICTED | {"row": row} for row in range(start, min(start + 77, 2 * PAGE + 2)))
    assert (len(results), results.pages) == (2 * PAGE + 1, 3)
    pages = [[row["row"] for row in results.page(number)] for number in (1, 2, 3)]
    assert pages == [list(range(1, PAGE + 1)), list(range(PAGE + 1, 2 * PAGE + 1)), [2 * PAGE + 1]]


def test_what_a_failure_left_is_overwritten(results: Results, tmp_path: Path) -> None:
    with (tmp_path / "results.jsonl").open("ab") as file:
        file.write(b'{"row": 3, "text": "cut in the mid')
    assert list(results) == [PREDICTED, UNREAD]
    assert results.as_json_lines().count(b"\n") == 2
    results.append([UNREAD | {"row": 3}])
    assert [row["row"] for row in results] == [1, 2, 3]


def test_all_or_nothing_is_added(results: Results) -> None:
    def two() -> Iterator[dict[str, Any]]:
        yield UNREAD
        raise OSError(28, "no space left")

    with pytest.raises(OSError, match="no space"):
        results.append(two())
    assert list(results) == [PREDICTED, UNREAD]
