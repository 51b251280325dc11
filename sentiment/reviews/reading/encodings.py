"""Text encodings: UTF-16 becomes UTF-8 as it is read, and rows that are not UTF-8 are cp1252, as Excel writes it."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from sentiment.reviews.reading.rows import RowError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sentiment.reviews.reading.streams import Stream

NUL = 0
LOOKED_AT = 2000
"""First bytes that tell UTF-16 without a mark."""


def as_utf8(stream: Stream) -> Stream:
    """Return the stream, its text in UTF-8 and its lines ended by LF, if it is UTF-16 or has lines ended by CR."""
    head = stream.head()
    encoding = _utf16(head)
    if encoding is not None:
        return stream.decoded(_transcoding(stream, encoding))
    if b"\r" in head and b"\n" not in head:  # what Excel calls "CSV (Macintosh)"
        return stream.decoded(lambda size: stream.read(size).replace(b"\r", b"\n"))
    return stream


def _utf16(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = head[:LOOKED_AT]
    if len(start) < 4:  # noqa: PLR2004 - two characters
        return None
    for encoding, zeros, others in (("utf-16-le", start[1::2], start[::2]), ("utf-16-be", start[::2], start[1::2])):
        if 2 * zeros.count(NUL) > len(zeros) and NUL not in others:
            return encoding
    return None


def _transcoding(stream: Stream, encoding: str) -> Callable[[int], bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(size: int) -> bytes:
        while chunk := stream.read(size):
            if text := decoder.decode(chunk):
                return text.encode("utf-8", "replace")
        return decoder.decode(b"", final=True).encode("utf-8", "replace")

    return read


class Decoder:
    """Decodes the rows of one file: UTF-8, or cp1252 if the first rows with other than ASCII are no UTF-8.

    A row of a UTF-8 file that is damaged is not read as cp1252: what it says would be somebody else's words.
    """

    def __init__(self, head: bytes) -> None:
        self._is_utf8: bool | None = None
        valid = invalid = 0
        for line in head.split(b"\n")[:-1]:
            if not line.isascii():
                is_valid = _is_utf8(line)
                valid += is_valid
                invalid += not is_valid
        if valid or invalid:
            self._is_utf8 = valid >= invalid

    def __call__(self, data: bytes) -> str:
        """Return the text of a row.

        Raises:
            RowError: It is not UTF-8, in a file that is.
        """
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            if self._is_utf8:
                raise RowError("the row is not UTF-8") from error
            self._is_utf8 = False
            return cp1252(data)
        if self._is_utf8 is None and not data.isascii():
            self._is_utf8 = True
        return text

    def incremental(self) -> codecs.IncrementalDecoder:
        """Return a decoder for a document that is not read by rows; damaged UTF-8 becomes U+FFFD."""
        return codecs.getincrementaldecoder("utf-8")("replace" if self._is_utf8 else CP1252_INSTEAD)


def _cp1252_instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return cp1252(error.object[error.start : error.end]), error.end


CP1252_INSTEAD = "sentiment.cp1252"
codecs.register_error(CP1252_INSTEAD, _cp1252_instead)


def cp1252(data: bytes) -> str:
    """Return the text of bytes in cp1252; the five that it does not define are read as Latin-1, as browsers do."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return "".join(bytes((byte,)).decode("cp1252" if byte not in _UNDEFINED else "latin-1") for byte in data)


_UNDEFINED = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
