"""Decompresses a file: gzip, bzip2, xz, tar and zip, recognised by content."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from sentiment.reviews.reading import magic
from sentiment.reviews.reading.labelled_texts import FOLDERS
from sentiment.reviews.reading.streams import CHUNK_BYTES, DamagedFileError, Stream, damage_raised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

MAX_LAYERS = 4
"""How many nested layers are unpacked: a gzip in a tar in a gzip is three."""

TAR_MAGIC_AT = 257
ZIP_ENCRYPTED = 0x1
SPLIT = "the file is damaged: get it again, or join its parts if it is split, with `cat FILE.zip.* > FILE.zip`"


def open_streams(path: Path, on_bytes: Callable[[int], None] | None = None) -> Iterator[Stream]:
    """Yield the decompressed streams of a file: one, or one per file in an archive. Use each before the next.

    Of a folder, those of the files in its folders `pos` and `neg` (`labelled_texts.FOLDERS`) are yielded.

    Args:
        path: The file or folder.
        on_bytes: Called with the number of bytes read from disk since the last call.

    Raises:
        DamagedFileError: An archive is damaged between its parts.
    """
    if path.is_dir():
        for text in texts_in(path):
            with io.BufferedReader(_CountedFile(text, on_bytes), CHUNK_BYTES) as content:
                yield Stream(content.read1, text.name, is_part=True, folder=text.parent.name)
        return
    with io.BufferedReader(_CountedFile(path, on_bytes), CHUNK_BYTES) as file:
        head = file.peek(len(magic.ZIP))
        if head.startswith(magic.ZIP) and not magic.is_workbook(head):
            yield from _zip_parts(cast("BinaryIO", file))
        else:
            yield from _layers(Stream(file.read1, path.name), MAX_LAYERS)


def texts_in(folder: Path) -> list[Path]:
    """Return the files in a folder that are in folders named after a label, in a fixed order."""
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.parent.name.casefold() in FOLDERS)


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
        yield from _layers(stream.decoded(unpacked), layers_left - 1)
    elif layers_left and head[TAR_MAGIC_AT : TAR_MAGIC_AT + 5] == b"ustar":
        yield from _tar_parts(stream, layers_left - 1)
    else:
        yield stream


def _decompressed(stream: Stream, head: bytes) -> Callable[[int], bytes] | None:
    source = cast("BinaryIO", stream)  # these three only call `read`
    if head.startswith(b"\x1f\x8b\x08"):
        return gzip.GzipFile(fileobj=source, mode="rb").read1
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return bz2.BZ2File(source).read1
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(source).read1
    return None


def _tar_parts(stream: Stream, layers_left: int) -> Iterator[Stream]:
    source = cast("BinaryIO", _UntilDamage(stream))
    with damage_raised(), tarfile.open(fileobj=source, mode="r|") as archive:
        for member in archive:
            archive.members.clear()  # type: ignore[attr-defined]  # not in the stubs; else it keeps every member
            if member.isfile():
                yield from _layers(_part(_member_reader(archive, member), member.name), layers_left)
    if stream.damage is not None:
        raise stream.damage


class _UntilDamage:
    """A stream that ends where it is damaged; after an error, `tarfile` would lose what it has read."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except DamagedFileError:
            return b""


def _member_reader(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[int], bytes]:
    """Return a function that reads a file of a tar; `extractfile` drops the last block of a truncated one."""
    source = cast("BinaryIO", archive.fileobj)
    source.seek(member.offset_data)
    left = member.size

    def read(size: int) -> bytes:
        nonlocal left
        chunk = source.read(min(size, left))
        if left and not chunk:
            raise EOFError
        left -= len(chunk)
        return chunk

    return read


def _zip_parts(file: BinaryIO) -> Iterator[Stream]:
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise DamagedFileError(SPLIT) from error
    with damage_raised(), archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            if member.flag_bits & ZIP_ENCRYPTED:
                raise DamagedFileError("the archive is encrypted")
            with archive.open(member) as content:
                read = cast("io.BufferedReader", content).read1  # missing in the stubs
                yield from _layers(_part(read, member.filename), MAX_LAYERS - 1)


def _part(read: Callable[[int], bytes], name: str) -> Stream:
    path = PurePosixPath(name)
    return Stream(read, path.name, is_part=True, folder=path.parent.name)
