"""Formats with several lines per review: Stanford's SNAP sets and Blitzer's multi-domain set, both in Latin-1."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.rows import TOO_LONG, Rejected, RowError, made
from sentiment.reviews.reading.streams import MAX_LINE_BYTES, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sentiment.reviews.review import Review

    Make = Callable[[dict[str, object]], Review | None]

KEY = re.compile(rb"((?:product|review)/[A-Za-z]+):(?: |$)")
TAG = re.compile(r"<(asin|product_type|rating|title|date|review_text)>(.*?)</\1>", re.DOTALL)
DOMAIN = re.compile(r"[\w& -]{1,60}")


def is_snap(lines: Sequence[bytes]) -> bool:
    """Return whether these are lines such as `review/score: 5.0`."""
    return any(data.startswith((b"review/score:", b"review/text:")) for data in lines)


def is_blitzer(lines: Sequence[bytes]) -> bool:
    """Return whether these are lines such as `<review>`."""
    return {b"<review>", b"<review_text>"} <= {data.strip() for data in lines}


class _Block:
    """The lines of one review, up to the size of a review."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._lines: list[bytes] = []
        self._size = 0

    def add(self, line: Line) -> None:
        """Add a line; if the block gets too long, keep only its size."""
        self._size += len(line.data) + line.overlong_bytes + 1
        if self._size > MAX_LINE_BYTES:
            self._lines.clear()
        else:
            self._lines.append(line.data)

    def read(self, review_of: Callable[[list[bytes]], Review | None]) -> Iterator[Review | Rejected]:
        """Yield the review that `review_of` reads from the lines, or why it cannot."""
        if self._size > MAX_LINE_BYTES:
            yield Rejected(self._number, TOO_LONG, self._size)
            return
        review = made(review_of, self._lines, self._number, b"\n".join(self._lines))
        if review is not None:
            yield review


def read_snap(lines: Iterator[Line], make: Make) -> Iterator[Review | Rejected]:
    """Yield the reviews of `finefoods.txt` or `movies.txt`: blocks of `key: value` lines."""
    block: _Block | None = None
    for line in lines:
        if line.data or line.overlong_bytes:
            block = block or _Block(line.number)
            block.add(line)
        elif block is not None:
            yield from block.read(lambda data: make(_snap(data)))
            block = None
    if block is not None:
        yield from block.read(lambda data: make(_snap(data)))


def _snap(block: list[bytes]) -> dict[str, object]:
    parts: dict[str, list[bytes]] = {}
    current: list[bytes] = []
    for data in block:
        match = KEY.match(data)
        if match is not None:
            current = parts.setdefault(match[1].decode("ascii"), [])
        current.append(data[match.end() :] if match else data)  # without a key: more of the value before, even a name
    return {key: _utf8_or_latin1(b"\n".join(lines)) for key, lines in parts.items()}


def read_blitzer(lines: Iterator[Line], make: Make) -> Iterator[Review | Rejected]:
    """Yield the reviews of Blitzer, Dredze and Pereira (ACL 2007): XML-like tags around unescaped text.

    XML parsers cannot read it. Tags are found by name, from `<review>` to `</review>`.
    """
    block: _Block | None = None

    def review_of(data: list[bytes]) -> Review | None:
        return _with_domain(_blitzer(data), make)

    for line in lines:
        mark = line.data.strip()
        if mark == b"<review>":
            if block is not None:
                yield from block.read(review_of)
            block = _Block(line.number)
        if block is not None:
            block.add(line)
            if mark == b"</review>":
                yield from block.read(review_of)
                block = None
    if block is not None:
        yield from block.read(review_of)


def _blitzer(block: list[bytes]) -> dict[str, object]:
    if block[-1].strip() != b"</review>":
        raise RowError("the review has no </review>")
    values: dict[str, object] = {}
    for tag, value in TAG.findall(_utf8_or_latin1(b"\n".join(block))):
        values.setdefault(tag, value.strip())
    return values


def _with_domain(values: dict[str, object], make: Make) -> Review | None:
    """Return the review, its source named after the domain: the files' own names are the labels."""
    review = make(values)
    family = "" if review is None else review.source.partition("/")[0]
    domain = fields.as_written(str(values.get("product_type", "")))
    named = f"{family}/{domain}" if DOMAIN.fullmatch(domain) else family
    return None if review is None else replace(review, source=named)


def _utf8_or_latin1(data: bytes) -> str:
    """Return the text of bytes from a set published in Latin-1, of which copies in UTF-8 exist."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
