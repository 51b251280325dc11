"""Stanford's SNAP sets (`finefoods.txt`, `movies.txt`): blocks of `key: value` lines in Latin-1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.blocks import Block
from sentiment.reviews.reading.format import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.reading.rejected import Rejected
    from sentiment.reviews.review import Review

KEY = re.compile(rb"((?:product|review)/[A-Za-z]+):(?: |$)")


def _read(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    def review_of(block: list[bytes]) -> Review:
        values = _values(block)
        return fields.review(
            source=source,
            product_id=fields.product_of(values.get("product/productId")),
            title=fields.text_of(values.get("review/summary"), "the summary"),
            text=fields.text_of(values.get("review/text"), "the text"),
            stars=fields.stars_of(values.get("review/score")),
            time=fields.time_of(values.get("review/time")),
        )

    block: Block | None = None
    for line in lines:
        if line.data or line.overlong_bytes:
            block = block or Block(line.number)
            block.add(line)
        elif block is not None:
            yield block.read(review_of)
            block = None
    if block is not None:
        yield block.read(review_of)


def _values(block: list[bytes]) -> dict[str, str]:
    """Return the values of a block; a line without a key continues the value before it, even a name."""
    values: dict[str, list[bytes]] = {}
    current: list[bytes] = []
    for data in block:
        match = KEY.match(data)
        if match is not None:
            current = values.setdefault(match[1].decode("ascii"), [])
        current.append(data[match.end() :] if match else data)
    return {key: fields.utf8_or_latin1(b"\n".join(parts)) for key, parts in values.items()}


SNAP = Format(
    name="snap",
    looks_like="SNAP blocks such as finefoods.txt: lines review/score: ..., review/text: ...",
    recognises=lambda lines: any(data.startswith((b"review/score:", b"review/text:")) for data in lines),
    read=_read,
)
