"""Streams of bytes and their lines: the start can be read in advance, and damage is reported where it is."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD_BYTES = 256 * 1024
CHUNK_BYTES = 256 * 1024
MAX_LINE_BYTES = 1024 * 1024
"""Longer lines, longer than any review, are not kept."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class DamagedFileError(ValueError):
    """A compressed file ends too early or cannot be decompressed."""


class Stream:
    """Bytes that are read once, front to back; the first `HEAD_BYTES` can be read in advance.

    Args:
        read: Returns at most the given number of bytes, and none only at the end.
        name: Name of the file, or of the file in an archive.
        is_part: Whether it is a file in an archive or in a folder.
        folder: Name of the folder that it is in, there.

    Attributes:
        damage: The damage found so far.
    """

    def __init__(self, read: Callable[[int], bytes], name: str, *, is_part: bool = False, folder: str = "") -> None:
        self.name = name
        self.is_part = is_part
        self.folder = folder
        self._read = read
        self._head: bytes | None = None
        self.damage: DamagedFileError | None = None

    def head(self) -> bytes:
        """Return the first `HEAD_BYTES` without consuming them, or all if there are fewer."""
        if self._head is None:
            chunks, size = [], 0
            while size < HEAD_BYTES and (chunk := self._sound_read(HEAD_BYTES - size)):
                chunks.append(chunk)
                size += len(chunk)
            self._head = b"".join(chunks)
        return self._head

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """Return at most `size` bytes, and none only at the end.

        Raises:
            DamagedFileError: The file is damaged here; everything before was returned.
        """
        if self._head:
            chunk, self._head = self._head[:size], self._head[size:]
            return chunk
        chunk = self._sound_read(size)
        if not chunk and self.damage is not None:
            raise self.damage
        return chunk

    def decoded(self, read: Callable[[int], bytes]) -> Stream:
        """Return a stream of the same name that `read` makes of this one."""
        return Stream(read, self.name, is_part=self.is_part, folder=self.folder)

    def _sound_read(self, size: int) -> bytes:
        if self.damage is not None:
            return b""
        try:
            with damage_raised():
                return self._read(size)
        except DamagedFileError as damage:
            self.damage = damage
            return b""


@contextmanager
def damage_raised() -> Iterator[None]:
    """Raise one error for all that decompressors raise for a damaged file; errors of the disk pass."""
    try:
        yield
    except EOFError as error:
        raise DamagedFileError("the file ends too early") from error
    except NotImplementedError as error:
        raise DamagedFileError("the archive's compression is unknown") from error
    except (zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedFileError("the file is damaged") from error


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
