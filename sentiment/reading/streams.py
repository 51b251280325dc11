"""A file as streams of plain bytes: gzip, bzip2, xz, tar and zip are told by content and undone."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

HEAD_BYTES = 256 * 1024
CHUNK_BYTES = 256 * 1024
MAX_LAYERS = 4
"""How many layers are undone, one inside the other: a gzip in a tar in a gzip is three."""

TAR_MAGIC_AT = 257
ZIP_MAGIC = b"PK\x03\x04"
ZIP_ENCRYPTED = 0x1


class DamagedFileError(ValueError):
    """A compressed file that ends too early or does not decompress."""


class Stream:
    """Bytes read once from front to back, of which the first `HEAD_BYTES` can be looked at before.

    Args:
        read: Returns at most so many bytes, and none only at the end.
        name: Of the file, or of the part of an archive.
        is_part: Whether it is a part of an archive.
    """

    def __init__(self, read: Callable[[int], bytes], name: str, *, is_part: bool = False) -> None:
        self.name = name
        self.is_part = is_part
        self._read = read
        self._head: bytes | None = None
        self._damage: DamagedFileError | None = None

    def head(self) -> bytes:
        """Return the first bytes without consuming them: `HEAD_BYTES`, or all where there are fewer."""
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
            DamagedFileError: The file is damaged here; everything before has been returned.
        """
        if self._head:
            chunk, self._head = self._head[:size], self._head[size:]
            return chunk
        chunk = self._sound_read(size)
        if not chunk and self._damage is not None:
            raise self._damage
        return chunk

    def _sound_read(self, size: int) -> bytes:
        if self._damage is not None:
            return b""
        try:
            with _damage_told():
                return self._read(size)
        except DamagedFileError as damage:
            self._damage = damage
            return b""


def open_streams(path: Path, on_bytes: Callable[[int], None] | None = None) -> Iterator[Stream]:
    """Yield the plain streams of a file: one, or one for each file in an archive. Use each before the next.

    Args:
        path: The file.
        on_bytes: Told, now and then, how many more bytes of the file have been read, as they lie on the disk.

    Raises:
        DamagedFileError: An archive is damaged between its parts.
    """
    with io.BufferedReader(_CountedFile(path, on_bytes), CHUNK_BYTES) as file:
        if file.peek(len(ZIP_MAGIC)).startswith(ZIP_MAGIC):
            yield from _zip_parts(cast("BinaryIO", file))
        else:
            yield from _layers(Stream(file.read1, path.name), MAX_LAYERS)


class _CountedFile(io.FileIO):
    def __init__(self, path: Path, on_bytes: Callable[[int], None] | None) -> None:
        super().__init__(path, "rb")
        self._on_bytes = on_bytes

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        size = super().readinto(buffer) or 0
        if self._on_bytes is not None:
            self._on_bytes(size)
        return size


def _layers(stream: Stream, layers_left: int) -> Iterator[Stream]:
    head = stream.head()
    unpacked = _decompressed(stream, head) if layers_left else None
    if unpacked is not None:
        yield from _layers(Stream(unpacked, stream.name, is_part=stream.is_part), layers_left - 1)
    elif layers_left and head[TAR_MAGIC_AT : TAR_MAGIC_AT + 5] == b"ustar":
        yield from _tar_parts(stream, layers_left - 1)
    else:
        yield stream


def _decompressed(stream: Stream, head: bytes) -> Callable[[int], bytes] | None:
    source = cast("BinaryIO", stream)  # these three only ever call `read` of what they are given
    if head.startswith(b"\x1f\x8b\x08"):
        return gzip.GzipFile(fileobj=source, mode="rb").read1
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return bz2.BZ2File(source).read1
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(source).read1
    return None


def _tar_parts(stream: Stream, layers_left: int) -> Iterator[Stream]:
    with _damage_told(), tarfile.open(fileobj=cast("BinaryIO", stream), mode="r|") as archive:
        for member in archive:
            archive.members.clear()  # type: ignore[attr-defined]  # not in the stubs; it keeps all it has seen
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield from _layers(_part(content, member.name), layers_left)


def _zip_parts(file: BinaryIO) -> Iterator[Stream]:
    with _damage_told(), zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            if member.flag_bits & ZIP_ENCRYPTED:
                raise DamagedFileError("the archive is encrypted")
            with archive.open(member) as content:
                yield from _layers(_part(content, member.filename), MAX_LAYERS - 1)


def _part(content: IO[bytes], name: str) -> Stream:
    read = cast("io.BufferedReader", content).read1  # both archives give readers that have it
    return Stream(read, PurePosixPath(name).name, is_part=True)


@contextmanager
def _damage_told() -> Iterator[None]:
    """Turn what decompressors raise for a damaged file into one error; a disk's own errors stay."""
    try:
        yield
    except (
        EOFError,
        zlib.error,
        lzma.LZMAError,
        tarfile.TarError,
        zipfile.BadZipFile,
        NotImplementedError,
    ) as error:
        raise DamagedFileError(_reason(error)) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise DamagedFileError(_reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "the compressed file ends too early"
    if isinstance(error, NotImplementedError):
        return "the archive is compressed in a way that is not known"
    return "the compressed file is damaged"
