"""Where only texts are wanted, a table needs no rating; where a rating is needed, it is still asked for."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from sentiment.reviews.reading import (
    Columns,
    Rejected,
    UncertainColumnsError,
    UnknownFormatError,
    detect,
    read_reviews,
)
from tests.unit.sentiment.reviews.shapes import workbook

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = "It works, and lasts", 'Broke on day two; "never again"'
BOTH = [FIRST, SECOND]


def read(path: Path, content: str | bytes, columns: Columns | None = None) -> list[str]:
    """The text of each review, or why a row is none."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    items = list(read_reviews(path, columns, texts_only=True))
    return [item.reason if isinstance(item, Rejected) else item.full_text for item in items]


def csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def as_parquet() -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.table({"comment": BOTH}), out)
    return out.getvalue()


CERTAIN: dict[str, str | bytes] = {
    "one column of CSV": f"text\n{csv_cell(FIRST)}\n{csv_cell(SECOND)}\n",
    "one column with a mark and CRLF": f"\ufeffReview\r\n{csv_cell(FIRST)}\r\n{csv_cell(SECOND)}\r\n",
    "a text on each line below a name": f"review\n{FIRST}\n{SECOND}\n",
    "a text with other columns": f"id,text\n1,{csv_cell(FIRST)}\n2,{csv_cell(SECOND)}\n",
    "tabs": f"id\treview\n1\t{FIRST}\n2\t{SECOND}\n",
    "JSON lines": "".join(json.dumps({"review": text}) + "\n" for text in BOTH),
    "JSON": json.dumps([{"text": text} for text in BOTH]),
    "JSON in an object": json.dumps({"shop": "A", "reviews": [{"text": text} for text in BOTH]}, indent=1),
    "replies within": "".join(
        json.dumps({"text": text, "replies": [{"text": "Thanks", "date": "2020-01-01"}]}) + "\n" for text in BOTH
    ),
    "Parquet": as_parquet(),
    "Excel": workbook([["Comment"], [FIRST], [SECOND]]),
    "no rating that can be read": f"text,stars\n{csv_cell(FIRST)},eleven\n{csv_cell(SECOND)},\n",
    "stars that mean something else": f"stars,text\n11,{csv_cell(FIRST)}\n0,{csv_cell(SECOND)}\n",
    "a published set without its stars": "".join(
        json.dumps({"asin": "B1", "text": t, "rating": None}) + "\n" for t in BOTH
    ),
    "classes of fastText": f"__label__1 {FIRST}\n__label__0 {SECOND}\n",
    "SNAP blocks": f"review/score: none\nreview/text: {FIRST}\n\nreview/score: 5\nreview/text: {SECOND}\n",
}


@pytest.mark.parametrize("name", CERTAIN)
def test_texts_are_read_without_a_rating(name: str, tmp_path: Path) -> None:
    assert read(tmp_path / "file", CERTAIN[name]) == BOTH


@pytest.mark.parametrize("name", ["one column of CSV", "JSON", "Parquet", "Excel"])
def test_what_needs_ratings_refuses_texts_alone(name: str, tmp_path: Path) -> None:
    content = CERTAIN[name]
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UnknownFormatError):
        detect(path)
    with pytest.raises(UnknownFormatError):
        list(read_reviews(path, Columns(text_column="text")))


def test_a_header_of_two_columns_is_not_one_name(tmp_path: Path) -> None:
    assert read(tmp_path / "file", f"review;text\n1;{FIRST}\n2;Bad\n", Columns(text_column="text")) == [FIRST, "Bad"]


def test_texts_that_no_name_announces_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(f"{FIRST}\n{SECOND}\n")
    with pytest.raises(UncertainColumnsError) as asked:
        detect(path, texts_only=True)
    assert (asked.value.names, asked.value.guess.columns.text_column) == (("1",), "1")
    assert read(path, path.read_text(), asked.value.guess.columns) == BOTH


def test_a_table_without_a_known_text_column_names_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("number,word\n1,good\n2,bad\n")
    with pytest.raises(UnknownFormatError, match="no column is known to hold the text") as refused:
        detect(path, texts_only=True)
    assert refused.value.names == ("number", "word")
    assert read(path, path.read_text(), Columns(text_column="word")) == ["good", "bad"]


@pytest.mark.parametrize(("title", "texts"), [(None, ["A title\nfine"]), ("", ["fine"]), ("kind", ["shoe\nfine"])])
def test_the_title_can_be_chosen_or_left_out(title: str | None, texts: list[str], tmp_path: Path) -> None:
    named = Columns(text_column="text", title_column=title)
    assert read(tmp_path / "file", "title,kind,text\nA title,shoe,fine\n", named) == texts


def test_a_row_without_a_text_is_not_lost(tmp_path: Path) -> None:
    empty = "the text is empty"
    assert read(tmp_path / "a", json.dumps([{"text": "fine"}, {"id": 2}, {"text": " "}])) == ["fine", empty, empty]
    assert read(tmp_path / "b", 'id,text\n1,fine\n2,""\n3\n') == [
        "fine",
        empty,
        "the row does not have as many columns as the header",
    ]


def test_a_readme_in_an_archive_is_not_taken_for_texts(tmp_path: Path) -> None:
    import zipfile  # noqa: PLC0415

    path = tmp_path / "file"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "These are reviews that we have collected\nfor years\n")
        archive.writestr("reviews.csv", "text\nfine\n")
    assert [item.full_text for item in read_reviews(path, texts_only=True) if not isinstance(item, Rejected)] == [
        "fine"
    ]


def test_bytes_that_are_no_text_are_not_read_as_lines(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match="unknown format"):
        read(tmp_path / "file", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR and more\n")
