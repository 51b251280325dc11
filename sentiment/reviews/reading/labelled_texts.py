"""Texts that carry their class: lines of fastText, and files in folders named `pos` and `neg`."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.encodings import Decoder
from sentiment.reviews.reading.rows import TOO_LONG, Rejected, RowError, reject
from sentiment.reviews.reading.streams import BYTE_ORDER_MARK, MAX_LINE_BYTES, DamagedFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sentiment.reviews.reading.streams import Stream
    from sentiment.reviews.review import Label, Review

PREFIX = b"__label__"
LINE = re.compile(r"\s*__label__(?P<label>\S+)\s+(?P<text>.*)", re.DOTALL)
NAMES = ("label", "text")

FOLDERS: Final[dict[str, Label]] = {
    "pos": "positive",
    "positive": "positive",
    "neg": "negative",
    "negative": "negative",
}
"""Names of folders whose files are one text each."""
SUFFIXES = frozenset(("", ".txt"))


def is_fasttext(lines: Sequence[bytes]) -> bool:
    """Return whether most of these lines start with fastText's label."""
    return 2 * sum(line.lstrip().startswith(PREFIX) for line in lines) > len(lines)


def fasttext_row(data: bytes, decode: Callable[[bytes], str]) -> list[object]:
    """Return label and text of a line, and None.

    Raises:
        RowError: It has no label, or several.
    """
    match = LINE.fullmatch(decode(data))
    if match is None:
        raise RowError("the line does not start with __label__ and a text")
    if match["text"].startswith(PREFIX.decode()):
        raise RowError("the line has several labels")
    return [match["label"], match["text"], None]


def folder_label(stream: Stream) -> Label | None:
    """Return the label of a text by its folder; None if it is no text in a folder named after one."""
    is_text = PurePath(stream.name).suffix in SUFFIXES and not stream.name.startswith(".")
    return FOLDERS.get(stream.folder.casefold()) if stream.is_part and is_text else None


def text_review(stream: Stream, source: str) -> Review | Rejected:
    """Return the review of a file that is one text, labelled by its folder; or why it is none."""
    data = b""
    try:
        while len(data) <= MAX_LINE_BYTES and (chunk := stream.read()):
            data += chunk
        if len(data) > MAX_LINE_BYTES:
            return Rejected(0, TOO_LONG, len(data), part=stream.name)
        text = Decoder(data + b"\n")(data.removeprefix(BYTE_ORDER_MARK))
        return fields.review(
            source=source,
            product_id=None,
            title="",
            text=fields.as_written(text.strip()),
            stars=None,
            label=folder_label(stream),
        )
    except RowError as error:
        return replace(reject(0, data, str(error)), part=stream.name)
    except DamagedFileError as damage:
        return Rejected(0, str(damage), part=stream.name)
