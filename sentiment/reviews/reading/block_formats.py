"""Formats with several lines per review: Stanford's SNAP sets and Blitzer's multi-domain set, both in Latin-1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.rows import TOO_LONG, Format, Rejected, RowError, reject
from sentiment.reviews.reading.streams import MAX_LINE_BYTES, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sentiment.reviews.review import Review

KEY = re.compile(rb"((?:product|review)/[A-Za-z]+):(?: |$)")
TAG = re.compile(r"<(asin|product_type|rating|title|date|review_text)>(.*?)</\1>", re.DOTALL)
DATE = re.compile(r"(?P<month>[A-Za-z]+) (?P<day>\d{1,2}), (?P<year>\d{4})")
DOMAIN = re.compile(r"[\w& -]{1,60}")


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

    def read(self, review_of: Callable[[list[bytes], str], Review], source: str) -> Review | Rejected:
        """Return the review that `review_of` reads from the lines, or why it cannot."""
        if self._size > MAX_LINE_BYTES:
            return Rejected(self._number, TOO_LONG, self._size)
        try:
            return review_of(self._lines, source)
        except RowError as error:
            return reject(self._number, b"\n".join(self._lines), str(error))


def _read_snap(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    """Yield the reviews of `finefoods.txt` or `movies.txt`: blocks of `key: value` lines."""
    block: _Block | None = None
    for line in lines:
        if line.data or line.overlong_bytes:
            block = block or _Block(line.number)
            block.add(line)
        elif block is not None:
            yield block.read(_snap, source)
            block = None
    if block is not None:
        yield block.read(_snap, source)


def _snap(block: list[bytes], source: str) -> Review:
    parts: dict[str, list[bytes]] = {}
    current: list[bytes] = []
    for data in block:
        match = KEY.match(data)
        if match is not None:
            current = parts.setdefault(match[1].decode("ascii"), [])
        current.append(data[match.end() :] if match else data)  # without a key: more of the value before, even a name
    values = {key: fields.utf8_or_latin1(b"\n".join(lines)) for key, lines in parts.items()}
    return fields.review(
        source=source,
        product_id=fields.product_of(values.get("product/productId")),
        title=fields.text_of(values.get("review/summary"), "the summary"),
        text=fields.text_of(values.get("review/text"), "the text"),
        stars=fields.stars_of(values.get("review/score")),
        time=fields.time_of(values.get("review/time")),
    )


SNAP = Format(
    name="snap",
    looks_like="SNAP blocks such as finefoods.txt: lines review/score: ..., review/text: ...",
    recognises=lambda lines: any(data.startswith((b"review/score:", b"review/text:")) for data in lines),
    read=_read_snap,
)


def _read_blitzer(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    """Yield the reviews of Blitzer, Dredze and Pereira (ACL 2007): XML-like tags around unescaped text.

    XML parsers cannot read it. Tags are found by name, from `<review>` to `</review>`.
    """
    block: _Block | None = None
    for line in lines:
        mark = line.data.strip()
        if mark == b"<review>":
            if block is not None:
                yield block.read(_blitzer, source)
            block = _Block(line.number)
        if block is not None:
            block.add(line)
            if mark == b"</review>":
                yield block.read(_blitzer, source)
                block = None
    if block is not None:
        yield block.read(_blitzer, source)


def _blitzer(block: list[bytes], source: str) -> Review:
    if block[-1].strip() != b"</review>":
        raise RowError("the review has no </review>")
    values: dict[str, str] = {}
    for tag, value in TAG.findall(fields.utf8_or_latin1(b"\n".join(block))):
        values.setdefault(tag, value.strip())
    family = source.partition("/")[0]  # the files' own names are the labels
    domain = fields.as_written(values.get("product_type", ""))
    return fields.review(
        source=f"{family}/{domain}" if DOMAIN.fullmatch(domain) else family,
        product_id=fields.product_of(values.get("asin")),
        title=fields.text_of(values.get("title"), "the title"),
        text=fields.text_of(values.get("review_text"), "the text"),
        stars=fields.stars_of(values.get("rating")),
        time=fields.day_of(values.get("date"), DATE),
    )


BLITZER = Format(
    name="blitzer",
    looks_like="Blitzer's multi-domain reviews: lines <review>, <rating>, <review_text>",
    recognises=lambda lines: {b"<review>", b"<review_text>"} <= {data.strip() for data in lines},
    read=_read_blitzer,
)
