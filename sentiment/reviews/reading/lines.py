"""Numbered lines of a stream of bytes; lines longer than any review are not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.streams import Stream

MAX_LINE_BYTES = 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line without its end (LF or CRLF).

    Attributes:
        number: From 1.
        data: Its bytes; empty if there are more than `MAX_LINE_BYTES`.
        overlong_bytes: Its length, if more than `MAX_LINE_BYTES`; else 0.
    """

    number: int
    data: bytes
    overlong_bytes: int = 0


def lines_of(stream: Stream) -> Iterator[Line]:
    """Yield the lines of a stream, without its byte order mark.

    Raises:
        DamagedFileError: The stream is damaged here; the line in which it ends is not yielded.
    """
    number = 1
    for data, overlong_bytes in _pieces(stream):
        start = len(BYTE_ORDER_MARK) if number == 1 and data.startswith(BYTE_ORDER_MARK) else 0
        yield Line(number, data[start:].removesuffix(b"\r"), overlong_bytes)
        number += 1


def _pieces(stream: Stream) -> Iterator[tuple[bytes, int]]:
    started: list[bytes] = []  # start of a line that continues in the next chunk
    size = 0
    while chunk := stream.read():
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            size += len(piece)
            if size > MAX_LINE_BYTES:
                yield b"", size
            else:
                yield (b"".join((*started, piece)) if started else piece), 0
            started.clear()
            size = 0
        size += len(rest)
        if size > MAX_LINE_BYTES:
            started.clear()
        elif rest:
            started.append(rest)
    if size > MAX_LINE_BYTES:
        yield b"", size
    elif size:
        yield b"".join(started), 0
