"""What a file is that holds no reviews that can be read: by its first bytes, with the next step."""

from __future__ import annotations

import re

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
PARQUET = b"PAR1"
HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)

STARTS: tuple[tuple[bytes, str], ...] = (
    (LFS_POINTER, "is a Git LFS pointer, not the file: run `git lfs pull` in its repository"),
    (b"PK\x07\x08", "is a part of a split archive: join the parts with `zip -s 0 FILE.zip --out whole.zip`"),
    (b"PK\x05\x06", "is an empty zip archive: download it again"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive: unpack it with `7z x`"),
    (b"Rar!\x1a\x07", "is a RAR archive: unpack it with `unrar x`"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd: unpack it with `zstd -d`"),
    (b"SQLite format 3\x00", "is an SQLite database: export its table of reviews as CSV"),
    (b"%PDF-", "is a PDF document: export its table as CSV"),
    (b"\x89HDF\r\n", "is an HDF5 file: write it again with pandas' `to_parquet`"),
    (b"ARROW1", "is an Arrow file: write it again with pandas' `to_parquet`"),
    (b"Obj\x01", "is an Avro file: write it again as Parquet"),
    (b"ORC", "is an ORC file: write it again as Parquet"),
    (b"\x93NUMPY", "is a NumPy array: write it again with pandas' `to_csv`"),
    (b"\x80\x03", "is a pickle, which is never loaded: write it again with pandas' `to_csv`"),
    (b"\x80\x04", "is a pickle, which is never loaded: write it again with pandas' `to_csv`"),
    (b"\x80\x05", "is a pickle, which is never loaded: write it again with pandas' `to_csv`"),
)
WEB_PAGE = "is a web page, not the file that it shows: download the file itself (on GitHub, its Raw button)"
SHEETS = (b"xl/", b"[Content_Types].xml", b"application/vnd.oasis.opendocument.spreadsheet")


def no_table(head: bytes) -> str | None:
    """Return what a file with these first bytes is, and the next step; None if it may hold reviews."""
    if not head.strip():
        return "is empty: download or export it again"
    for start, is_called in STARTS:
        if head.startswith(start):
            return is_called
    return WEB_PAGE if HTML.match(head) else None


def is_parquet(head: bytes) -> bool:
    """Return whether a file with these first bytes is Parquet."""
    return head.startswith(PARQUET)


def is_workbook(head: bytes) -> bool:
    """Return whether a file with these first bytes is a workbook of Excel or OpenDocument."""
    return head.startswith(OLD_EXCEL) or (head.startswith(ZIP) and any(part in head[:4096] for part in SHEETS))
