"""Blitzer, Dredze and Pereira's multi-domain set (ACL 2007): XML-like tags around unescaped text.

XML parsers cannot read it. Tags are found by name, from `<review>` to `</review>`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.blocks import Block
from sentiment.reviews.reading.format import Format
from sentiment.reviews.reading.rejected import RowError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.reading.rejected import Rejected
    from sentiment.reviews.review import Review

TAG = re.compile(r"<(asin|product_type|rating|title|date|review_text)>(.*?)</\1>", re.DOTALL)
DATE = re.compile(r"(?P<month>[A-Za-z]+) (?P<day>\d{1,2}), (?P<year>\d{4})")
DOMAIN = re.compile(r"[\w& -]{1,60}")


def _read(lines: Iterator[Line], source: str) -> Iterator[Review | Rejected]:
    family = source.partition("/")[0]  # the files' own names are the labels

    def review_of(block: list[bytes]) -> Review:
        if block[-1].strip() != b"</review>":
            raise RowError("the review has no </review>")
        values: dict[str, str] = {}
        for tag, value in TAG.findall(fields.utf8_or_latin1(b"\n".join(block))):
            values.setdefault(tag, value.strip())
        domain = fields.as_written(values.get("product_type", ""))
        return fields.review(
            source=f"{family}/{domain}" if DOMAIN.fullmatch(domain) else family,
            product_id=fields.product_of(values.get("asin")),
            title=fields.text_of(values.get("title"), "the title"),
            text=fields.text_of(values.get("review_text"), "the text"),
            stars=fields.stars_of(values.get("rating")),
            time=fields.day_of(values.get("date"), DATE),
        )

    block: Block | None = None
    for line in lines:
        mark = line.data.strip()
        if mark == b"<review>":
            if block is not None:
                yield block.read(review_of)
            block = Block(line.number)
        if block is not None:
            block.add(line)
            if mark == b"</review>":
                yield block.read(review_of)
                block = None
    if block is not None:
        yield block.read(review_of)


BLITZER = Format(
    name="blitzer",
    looks_like="Blitzer's multi-domain reviews: lines <review>, <rating>, <review_text>",
    recognises=lambda lines: {b"<review>", b"<review_text>"} <= {data.strip() for data in lines},
    read=_read,
)
