"""An uploaded file is looked at before it is predicted, and its problems are said in a sentence."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from frontend.clients.problems import ProblemError
from frontend.many.places import Places
from frontend.many.preview import MAX_WORKBOOK_MB, FilePreview
from frontend.many.rows import Text, Unread, rows_of
from frontend.many.upload import Upload
from sentiment.reviews.reading import Columns
from tests.unit.sentiment.reviews.shapes import workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Store = Callable[[str | bytes], Upload]


@pytest.fixture
def store(places: Places) -> Iterator[Store]:
    stored: list[Upload] = []

    def one(content: str | bytes) -> Upload:
        data = content if isinstance(content, bytes) else content.encode()
        stored.append(Upload(BytesIO(data), places))
        return stored[-1]

    yield one
    for upload in stored:
        upload.remove()


def test_certain_columns_can_be_changed(store: Store) -> None:
    upload = store("id,title,text,note\n1,Top,good,x\n2,,bad,y\n3,,so,z\n4,,more,z\n")
    names = ("id", "title", "text", "note")
    first = (Text(1, "Top\ngood"), Text(2, "bad"), Text(3, "so"))
    assert upload.preview() == FilePreview(names, "text", "title", "", first)
    chosen = Columns(text_column="note", title_column="")
    assert upload.preview(chosen) == FilePreview(names, "note", "", "", (Text(1, "x"), Text(2, "y"), Text(3, "z")))


def test_uncertain_columns_are_shown_as_they_would_be_read(store: Store) -> None:
    preview = store(gzip.compress(b"id,text,comment\n1,very good,none at all\n")).preview()
    assert (preview.text, preview.doubt) == ("text", "text and comment may both hold the text")
    assert preview.first == (Text(1, "very good"),)


def test_without_a_known_column_of_texts_one_is_to_be_chosen(store: Store) -> None:
    upload = store("number,word\n1,good\n2,bad\n")
    assert upload.preview() == FilePreview(("number", "word"), doubt="no column is known to hold the text")
    assert upload.preview(Columns(text_column="word")).first == (Text(1, "good"), Text(2, "bad"))


def test_a_published_set_leaves_nothing_to_choose(store: Store) -> None:
    preview = store(json.dumps({"asin": "B1", "rating": 5, "text": "good"})).preview()
    assert preview == FilePreview(first=(Text(1, "good"),))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Your file is empty: download or export it again."),
        (b"%PDF-1.4", "Your file is a PDF document: export its table as CSV."),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "Your file has an unknown format. CSV, tab-separated, JSON,"),
        (b"\x1f\x8b\x08" + b"x" * 40, "Your file cannot be read: the file ends too early."),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(content: bytes, sentence: str, store: Store) -> None:
    with pytest.raises(ProblemError) as problem:
        store(content).preview()
    assert str(problem.value).startswith(sentence)
    assert "--" not in str(problem.value)
    assert "\n" not in str(problem.value)


def far_cell(reference: str) -> bytes:
    """A workbook of 2 kB with a cell far from the others."""
    far = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook([["text"], ["good"]]))) as near, zipfile.ZipFile(far, "w") as archive:
        for name in near.namelist():
            content = near.read(name).decode()
            if name.endswith("sheet1.xml"):
                row = "".join(filter(str.isdigit, reference))
                cell = f'<row r="{row}"><c r="{reference}" t="inlineStr"><is><t>x</t></is></c></row>'
                content = content.replace("</sheetData>", f"{cell}</sheetData>")
            archive.writestr(name, content)
    return far.getvalue()


def zip_bomb() -> bytes:
    bomb = BytesIO(workbook([["text"], ["good"]]))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b" " * (MAX_WORKBOOK_MB + 1) * 1024**2)
    return bomb.getvalue()


def long_values() -> bytes:
    file = BytesIO()
    parquet.write_table(pa.table({"text": pa.array(["a" * 2_000_000] * 1000).dictionary_encode()}), file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (far_cell("XFD1048576"), "Your file needs more memory"),
        (zip_bomb(), "Your file is a workbook that is too large to open"),
        (long_values(), "Your file needs more memory"),
        (b'{"columns":["text",["x"]],"data":[["good",1]]}', "Your file"),
    ],
    ids=["far cell", "zip bomb", "long values", "names that are no text"],
)
def test_a_file_that_would_end_the_server_is_refused(content: bytes, sentence: str, store: Store) -> None:
    with pytest.raises(ProblemError) as problem:
        store(content).preview()
    assert str(problem.value).startswith(sentence)


def test_only_so_many_files_are_kept(places: Places) -> None:
    first, _second = (Upload(BytesIO(b"text\ngood\n"), places) for _ in range(2))
    with pytest.raises(ProblemError, match="Too many files are open"):
        Upload(BytesIO(b"text\ngood\n"), places)
    first.remove()
    Upload(BytesIO(b"text\ngood\n"), places).remove()


def test_a_server_removes_its_files_and_those_that_a_killed_one_left(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from frontend.many.places import Places; "
        "places = Places(1, parent=Path(sys.argv[1])); (places.folder / 'left').touch(); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    assert (left / "left").exists()

    first = Places(running=1, parent=tmp_path)
    second = Places(running=1, parent=tmp_path)
    assert {*tmp_path.iterdir()} == {first.folder, second.folder}
    first.close()
    second.close()
    assert not [*tmp_path.iterdir()]


def test_what_the_api_would_refuse_is_not_sent(store: Store) -> None:
    texts = ["\ufeff", "x" * 10_001, "fine", "y" * 10_000]
    upload = store("".join(json.dumps({"text": text}) + "\n" for text in texts))
    assert list(rows_of(upload.file, None)) == [
        Unread(1, 0, "the text is blank"),
        Unread(2, 0, "the text is longer than 10,000 characters"),
        Text(3, "fine"),
        Text(4, "y" * 10_000),
    ]
