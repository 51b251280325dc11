"""Unreadable rows are listed with line and reason, affect no other row, and name nobody."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import tarfile
import zipfile
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from sentiment.reviews.reading import (
    RefutedError,
    Rejected,
    UncertainColumnsError,
    UnknownFormatError,
    read_reviews,
)
from sentiment.reviews.reading.streams import MAX_LINE_BYTES
from sentiment.reviews.review import Review
from tests.unit.sentiment.reviews.shapes import workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

TIME = datetime(2012, 10, 7, tzinfo=UTC)
NAME, USER = "Jane Q. Reviewer", "A3SGXH7AUHU8GW"
KAGGLE_HEADER = "Id,ProductId,UserId,ProfileName,HelpfulnessNumerator,HelpfulnessDenominator,Score,Time,Summary,Text\n"


def row(text: object = "fine", **changed: object) -> bytes:
    fields = {
        "rating": 5.0,
        "title": "t",
        "text": text,
        "asin": "B1",
        "timestamp": 1349568000000,
        "user_id": USER,
    }
    return json.dumps(fields | changed).encode() + b"\n"


def kaggle_row(number: int, *, name: str = NAME, text: str = "fine") -> str:
    return f"{number},B1,{USER},{name},0,0,5,1349568000,t,{text} {number}\n"


def read(path: Path, content: bytes) -> tuple[list[Review], list[Rejected]]:
    path.write_bytes(content)
    items = list(read_reviews(path))
    reviews = [item for item in items if isinstance(item, Review)]
    return reviews, [item for item in items if isinstance(item, Rejected)]


def texts(reviews: Iterable[Review]) -> list[str]:
    return [review.text for review in reviews]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{nonsense\n", "the row is not JSON"),
        (b"[]\n", "the row is not a JSON object"),
        (b"[" * 100_000 + b"\n", "the row is not JSON"),
        (row(text=""), "the text is empty"),
        (row(text=" \n\t"), "the text is empty"),
        (row(text=None), "the text is empty"),
        (row(text=7), "the text is not text"),
        (row(rating=0), "the stars are not a number from 1 to 5"),
        (row(rating=None), "the stars are not a number from 1 to 5"),
        (row(rating=True), "the stars are not a number from 1 to 5"),
        (row(rating=float("nan")), "the stars are not a number from 1 to 5"),
        (row(rating=10**400), "the stars are not a number from 1 to 5"),
        (row(rating=NAME), "the stars are not a number from 1 to 5"),
        (row(text="x" * MAX_LINE_BYTES), "the row is longer than 1 MiB"),
    ],
)
def test_a_bad_row_has_a_line_and_a_reason_and_the_rest_is_read(bad: bytes, reason: str, tmp_path: Path) -> None:
    reviews, (rejected,) = read(tmp_path / "file", row("first") + bad + row("last"))
    assert texts(reviews) == ["first", "last"]
    assert (rejected.line, rejected.reason) == (2, reason)
    assert rejected.size_bytes == len(bad) - 1
    assert NAME not in repr(rejected)
    assert USER not in repr(rejected)


def test_a_damaged_row_of_a_file_in_utf_8_is_rejected(tmp_path: Path) -> None:
    rows = [
        row("caf\N{LATIN SMALL LETTER E WITH ACUTE}").decode("unicode_escape").encode(),
        b'{"rating": 5, "text": "\xff"}\n',
    ]
    reviews, (rejected,) = read(tmp_path / "file", row() + b"".join(rows))
    assert texts(reviews) == ["fine", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"]
    assert (rejected.line, rejected.reason) == (3, "the row is not UTF-8")


@pytest.mark.parametrize(
    ("field", "value", "kept", "reason"),
    [
        ("title", ["t"], "", "the title is not text"),
        ("title", {"a": 1}, "", "the title is not text"),
        ("title", 7, "7", None),
        ("title", None, "", None),
        ("asin", 17, "17", None),
        ("asin", 17.0, "17", None),
        ("asin", float("nan"), None, None),
        ("asin", ["B1"], None, "the product is not text or a number"),
        ("timestamp", 1349568000000, TIME, None),
        ("timestamp", 1349568000, TIME, None),
        ("timestamp", "1349568000", TIME, None),
        ("timestamp", 1349568000.0, TIME, None),
        ("timestamp", "2012-10-07", TIME, None),
        ("timestamp", "2012-10-07T00:00:00.000Z", TIME, None),
        ("timestamp", "2012-10-07T02:00:00+02:00", TIME, None),
        ("timestamp", "20121007", TIME, None),
        ("timestamp", "2012/10/7", TIME, None),
        ("timestamp", "10 7, 2012", TIME, None),
        ("timestamp", "October 7, 2012", TIME, None),
        ("timestamp", "7-Oct-12", TIME, None),
        ("timestamp", "Reviewed in the United States on October 7, 2012", TIME, None),
        ("timestamp", "7.10.2012", TIME, None),
        ("timestamp", "10/31/2012", datetime(2012, 10, 31, tzinfo=UTC), None),
        ("timestamp", "31/10/2012", datetime(2012, 10, 31, tzinfo=UTC), None),
        ("timestamp", "10/7/2012", None, "the time may have the month or the day first"),
        ("timestamp", "1112063012345", datetime(2005, 3, 29, 2, 23, 32, 345000, tzinfo=UTC), None),
        ("timestamp", "-1", None, None),
        ("timestamp", "", None, None),
        ("timestamp", NAME, None, "the time is not a time"),
        ("timestamp", 10**30, None, "the time is not a time"),
        ("timestamp", 10**400, None, "the time is not a time"),
        ("timestamp", "13/13/2012", None, "the time is not a time"),
        ("timestamp", True, None, "the time is not a time"),
        ("timestamp", "1812-10-07", None, "the time is not between 1995 and 2100"),
        ("timestamp", "0001-01-01T00:00:00+14:00", None, "the time is not a time"),
        ("timestamp", 12, None, "the time is not between 1995 and 2100"),
    ],
)
def test_an_optional_field_is_kept_or_left_out_and_counted(
    field: str, value: object, kept: object, reason: str | None, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(row("first") + row("second", **{field: value}))
    left_out: Counter[str] = Counter()
    _, review = read_reviews(tmp_path / "file", left_out=left_out)
    assert isinstance(review, Review)
    assert {"title": review.title, "asin": review.product_id, "timestamp": review.time}[field] == kept
    assert left_out == ({} if reason is None else {reason: 1})


def test_a_file_may_begin_with_a_bad_row(tmp_path: Path) -> None:
    reviews, (rejected,) = read(tmp_path / "file", b"{oops\n" + row("fine"))
    assert texts(reviews) == ["fine"]
    assert rejected.line == 1


def test_lone_surrogates_and_nul_are_replaced(tmp_path: Path) -> None:
    (review,), rejected = read(tmp_path / "file", row("a\ud83db\x00c \U0001f600"))
    assert review.text == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c \U0001f600"
    assert not rejected
    assert review.text.encode("utf-8")


def test_a_review_needs_neither_product_nor_time(tmp_path: Path) -> None:
    rows = b'{"rating": "1", "text": "bad"}\n{"rating": "5", "text": "good"}\n'
    (review, _), rejected = read(tmp_path / "file", rows)
    assert (review.product_id, review.time, review.label) == (None, None, "negative")
    assert not rejected


def test_a_quote_that_is_never_closed_costs_one_line(tmp_path: Path) -> None:
    lines = [kaggle_row(number) for number in range(1, 401)]
    lines[9] = kaggle_row(10, text='"never closed')
    reviews, (rejected,) = read(tmp_path / "file", (KAGGLE_HEADER + "".join(lines)).encode())
    assert len(reviews) == 399
    assert rejected.line == 11


def test_two_stray_quotes_do_not_swallow_the_rows_between_them(tmp_path: Path) -> None:
    lines = [kaggle_row(number) for number in range(1, 21)]
    lines[4] = kaggle_row(5, text='"opened')
    lines[14] = kaggle_row(15, name='Jane", the reviewer', text="x")
    reviews, rejected = read(tmp_path / "file", (KAGGLE_HEADER + "".join(lines)).encode())
    assert [item.line for item in rejected] == [6, 16]
    assert len(reviews) == 18


def test_a_text_of_several_lines_in_quotes_is_one_review(tmp_path: Path) -> None:
    content = KAGGLE_HEADER + kaggle_row(1, text='"one\ntwo ""three""\n\nfour"').replace('" 1\n', '"\n')
    (review,), rejected = read(tmp_path / "file", content.encode())
    assert review.text == 'one\ntwo "three"\n\nfour'
    assert not rejected


def test_a_row_with_shifted_columns_is_rejected_without_its_content(tmp_path: Path) -> None:
    content = KAGGLE_HEADER + kaggle_row(1) + kaggle_row(2, name="Reviewer, Jane")
    reviews, (rejected,) = read(tmp_path / "file", content.encode())
    assert len(reviews) == 1
    assert rejected.reason == "the row does not have as many columns as the header"
    assert "Jane" not in repr(rejected)


def test_an_unfinished_review_does_not_lose_the_next_one(tmp_path: Path) -> None:
    whole = "<review>\n<rating>\n5.0\n</rating>\n<review_text>\n{}\n</review_text>\n</review>\n"
    broken = whole.format("broken").replace("</review>\n", "")
    content = whole.format("first") + broken + whole.format("a < b & </b> c") + broken
    reviews, rejected = read(tmp_path / "file", content.encode())
    assert texts(reviews) == ["first", "a < b & </b> c"]
    assert [item.reason for item in rejected] == ["the review has no </review>"] * 2


def test_a_block_longer_than_any_review_is_not_kept(tmp_path: Path) -> None:
    block = "review/score: 5.0\nreview/text: {}\n\n"
    content = block.format("first") + block.format("\n".join(["x" * 1000] * 2000)) + block.format("last")
    reviews, (rejected,) = read(tmp_path / "file", content.encode())
    assert texts(reviews) == ["first", "last"]
    assert rejected.reason == "the row is longer than 1 MiB"
    assert rejected.line == 4


def many_rows(count: int = 3000) -> bytes:
    return b"".join(row(f"text number {number} {hash(str(number))}") for number in range(count))


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
def test_a_truncated_file_is_read_up_to_its_end(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    content = many_rows(20_000)
    packed = compress(content)
    reviews, (rejected,) = read(tmp_path / "file.gz", packed[: len(packed) * 3 // 4])
    assert len(reviews) > 9_000
    assert texts(reviews) == [json.loads(line)["text"] for line in content.splitlines()[: len(reviews)]]
    assert rejected.reason == "the file ends too early"
    assert rejected.line == len(reviews) + 1


def test_rows_before_a_damaged_part_are_kept(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(many_rows(8_000)))
    packed[-8:-4] = b"\x00\x00\x00\x00"  # the checksum
    reviews, (rejected,) = read(tmp_path / "file.gz", bytes(packed))
    assert len(reviews) == 8_000
    assert rejected.reason == "the file is damaged"


def test_a_truncated_archive_keeps_its_first_file(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("train.csv", "test.csv"):
            content = b'"2","t","good"\n"1","t","bad"\n' * 1000
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    reviews, (rejected,) = read(tmp_path / "file.tgz", buffer.getvalue()[:41_111])
    assert len(reviews) > 2000 + 2 * ((41_111 - 29_000) // 29 - 100)
    assert {review.source for review in reviews} == {"amazon_polarity/train", "amazon_polarity/test"}
    assert rejected.part == "test.csv"


def test_a_completely_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(many_rows(10))[:12])
    with pytest.raises(UnknownFormatError, match="cannot be read: the file ends too early"):
        list(read_reviews(path))


def zip_of(**parts: bytes) -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return bytearray(buffer.getvalue())


def test_a_damaged_file_of_a_zip_does_not_hide_the_next(tmp_path: Path) -> None:
    packed = zip_of(first=row("one") + row("two"), second=row("three"))
    packed[packed.index(b"two")] = ord("T")  # no longer what its checksum says
    reviews, (rejected,) = read(tmp_path / "file.zip", bytes(packed))
    assert "three" in texts(reviews)
    assert (rejected.part, rejected.reason) == ("first", "the file is damaged")


def test_an_encrypted_zip_is_refused_with_the_reason(tmp_path: Path) -> None:
    packed = zip_of(first=row("one"))
    for header, flags_at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(header) + flags_at] |= 1
    with pytest.raises(UnknownFormatError, match="the archive is encrypted"):
        read(tmp_path / "file.zip", bytes(packed))


def test_a_truncated_zip_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match="the file is damaged"):
        read(tmp_path / "file.zip", bytes(zip_of(first=row("one"))[:-30]))


def test_nested_archives_are_opened_to_a_limited_depth(tmp_path: Path) -> None:
    content = row("deep")
    for _ in range(4):
        content = gzip.compress(content)
    assert texts(read(tmp_path / "four", content)[0]) == ["deep"]
    with pytest.raises(UnknownFormatError):
        read(tmp_path / "five", gzip.compress(content))


JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(rows=st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(json.loads(row()), JSON_VALUE))))
def test_any_row_is_a_review_or_rejected_or_ends_the_reading(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    content = row("first") + b"".join(json.dumps(fields).encode() + b"\n" for fields in rows)
    try:
        reviews, rejected = read(tmp_path / "file", content)
    except (UnknownFormatError, UncertainColumnsError, RefutedError):  # its ratings may not be stars
        assert any("rating" in fields for fields in rows)
        return
    assert len(reviews) + len(rejected) == 1 + len(rows)
    assert all(review.text.strip() and review.text.encode("utf-8") for review in reviews)
    assert all(review.stars is not None and 1 <= review.stars <= 5 for review in reviews)


def test_a_damaged_row_group_of_parquet_costs_what_follows(tmp_path: Path) -> None:
    path = tmp_path / "file"
    table = pa.table({"text": [f"fine {number}" for number in range(2_500)], "stars": [5] * 2_500})
    parquet.write_table(table, path, row_group_size=1_000)
    content = bytearray(path.read_bytes())
    place = parquet.ParquetFile(path).metadata.row_group(2).column(0).data_page_offset
    content[place : place + 200] = b"\xff" * 200
    path.write_bytes(content)

    *reviews, last = read_reviews(path)
    assert len(reviews) == 2_000
    assert isinstance(last, Rejected)
    assert last.reason == "the file is damaged"


def test_a_damaged_sheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    content = bytearray(workbook([["text", "stars"], *([f"fine {number}", 5] for number in range(900))]))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        place = next(part.header_offset for part in archive.infolist() if "sheet1" in part.filename)
    content[place + 200 : place + 400] = b"\xff" * 200
    path.write_bytes(content)
    with pytest.raises(UnknownFormatError, match="file cannot be read: the file is damaged"):
        list(read_reviews(path))


HEADS = [
    row("first"),
    KAGGLE_HEADER.encode(),
    b"review/score: 5.0\n",
    b"<review>\n<review_text>\n",
    b'"1","a","b"\n',
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    head=st.sampled_from(HEADS),
    tail=st.binary(max_size=2000) | st.text(alphabet='",\n<>/review:1 a').map(str.encode),
)
def test_no_bytes_stop_the_run(head: bytes, tail: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(head + tail)
    try:
        items = list(read_reviews(path))
    except UnknownFormatError:
        return  # these first lines no longer look like any format
    assert all(isinstance(item, Review | Rejected) for item in items)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(cut=st.integers(min_value=1))
def test_a_truncated_file_never_yields_a_truncated_text(cut: int, tmp_path: Path) -> None:
    content = many_rows(300)
    packed = gzip.compress(content, mtime=0)
    path = tmp_path / "file.gz"
    path.write_bytes(packed[: cut % len(packed)])
    whole = {json.loads(line)["text"] for line in content.splitlines()}
    try:
        items = list(read_reviews(path))
    except UnknownFormatError:
        return  # not one whole line is left
    assert {item.text for item in items if isinstance(item, Review)} <= whole
    assert isinstance(items[-1], Rejected)
