"""What holds no reviews is named by its first bytes, with one next step."""

from __future__ import annotations

import builtins
import gzip
from typing import TYPE_CHECKING, Any

import pytest

from sentiment.reviews.reading import UnknownFormatError, detect, read_reviews
from tests.unit.sentiment.reviews.shapes import FEW, SHAPES, workbook

if TYPE_CHECKING:
    from pathlib import Path

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123456789abcdef\nsize 12345\n"
FILES = {
    "empty": (b"", "is empty: download or export it again"),
    "blank": (b"\n \n", "is empty: download or export it again"),
    "Git LFS pointer": (LFS, "is a Git LFS pointer, not the file: run `git lfs pull`"),
    "web page": (b"\n<!DOCTYPE html>\n<html><head>", "is a web page, not the file that it shows: download the file"),
    "compressed web page": (gzip.compress(b"<html lang='en'>"), "is a web page"),
    "part of an archive": (b"PK\x07\x08PK\x03\x04", "is a part of a split archive: join the parts"),
    "first part of an archive": (b"PK\x03\x04" + b"\x00" * 100, "join its parts if it is split"),
    "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04", "is a 7z archive: unpack it"),
    "RAR": (b"Rar!\x1a\x07\x00", "is a RAR archive: unpack it"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04", "is compressed with zstd: unpack it"),
    "SQLite": (b"SQLite format 3\x00", "is an SQLite database: export its table of reviews as CSV"),
    "pickle": (b"\x80\x04\x95", "is a pickle, which is never loaded"),
    "damaged Parquet": (b"PAR1" + b"\x00" * 50, "is a Parquet file that is damaged"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_table_is_named_with_the_next_step(name: str, tmp_path: Path) -> None:
    content, says = FILES[name]
    path = tmp_path / "Reviews.csv"
    path.write_bytes(content)
    with pytest.raises(UnknownFormatError, match=f"Reviews.csv .*{says}") as refused:
        detect(path)
    assert "\n" not in str(refused.value)
    with pytest.raises(UnknownFormatError):
        list(read_reviews(path))


def test_a_folder_without_pos_and_neg_is_named_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "reviews.csv").write_text("text,stars\nfine,5\n")
    with pytest.raises(UnknownFormatError, match="data is a folder without the folders pos and neg: name the files in"):
        detect(tmp_path / "data")


@pytest.mark.parametrize(
    ("content", "missing", "says"),
    [
        (workbook([["text", "stars"], ["fine", 5]]), "python_calamine", "pip install -r requirements/excel.txt"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "python_calamine", "is an Excel file: install .* or save it as CSV"),
        (SHAPES["parquet"].write(FEW), "pyarrow", "is a Parquet file: install what reads it"),
    ],
)
def test_without_its_reader_a_file_is_named_with_what_to_install(
    content: bytes, missing: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "Reviews.csv"
    path.write_bytes(content)
    imported = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - as Python's own
        if name.partition(".")[0] == missing:
            raise ImportError(name)
        return imported(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UnknownFormatError, match=says):
        detect(path)
