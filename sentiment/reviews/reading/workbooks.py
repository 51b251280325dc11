"""Tables in files that are no text: Parquet, and the sheets of Excel and OpenDocument workbooks."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from sentiment.reviews.reading.streams import CHUNK_BYTES, DamagedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentiment.reviews.reading.streams import Stream

BATCH_ROWS = 1000
NO_PARQUET = "is a Parquet file: install what reads it with `.venv/bin/python -m pip install pyarrow`"
NO_EXCEL = (
    "is an Excel file: install what reads it with `.venv/bin/python -m pip install -r requirements/excel.txt`, or save "
    "it as CSV"
)


class WorkbookError(ValueError):
    """The file cannot be read; the message says what it is and what to do."""


class Sheet(NamedTuple):
    """A table: its name, its columns, and its rows in the order of the columns, each followed by None."""

    name: str
    columns: tuple[str, ...]
    rows: Iterator[tuple[object, ...]]


def parquet_table(stream: Stream) -> Iterator[Sheet]:
    """Yield the table of a Parquet file, of which a thousand rows are in memory.

    Raises:
        WorkbookError: pyarrow is not installed, or the file is damaged.
        DamagedFileError: A row is damaged.
    """
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - not everybody has it
    except ImportError as error:
        raise WorkbookError(NO_PARQUET) from error
    with _on_disk(stream) as file:
        try:
            table = parquet.ParquetFile(file)
            names = tuple(table.schema_arrow.names)
        except (ArrowException, OSError, UnicodeDecodeError) as error:
            raise WorkbookError(f"is a Parquet file that is damaged: {_first_line(error)}") from error

        def rows() -> Iterator[tuple[object, ...]]:
            with _damage_raised(ArrowException, OSError, UnicodeDecodeError):
                for batch in table.iter_batches(batch_size=BATCH_ROWS):
                    columns = [column.to_pylist() for column in batch.columns]
                    yield from zip(*columns, [None] * batch.num_rows, strict=True)

        yield Sheet("", names, rows())


def sheets(stream: Stream) -> Iterator[Sheet]:
    """Yield the sheets of a workbook that are not empty; their first row names the columns.

    Raises:
        WorkbookError: python-calamine is not installed, or the file is damaged.
        DamagedFileError: A sheet is damaged.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - not everybody has it
    except ImportError as error:
        raise WorkbookError(NO_EXCEL) from error
    with _on_disk(stream) as file:
        try:
            workbook = CalamineWorkbook.from_filelike(file)
            names = workbook.sheet_names
        except CalamineError as error:
            raise WorkbookError(f"is an Excel file that cannot be opened: {_first_line(error)}") from error
        for name in names:
            with _damage_raised(CalamineError):
                sheet = workbook.get_sheet_by_name(name)
            rows = (row for row in sheet.iter_rows() if any(cell != "" for cell in row))
            header = next(rows, None)
            if header is not None:
                columns = tuple(str(cell).strip() for cell in header)
                yield Sheet(name if len(names) > 1 else "", columns, ((*row, None) for row in rows))


@contextmanager
def _damage_raised(*errors: type[Exception]) -> Iterator[None]:
    """Raise one error for what the readers raise for a damaged file; errors of the disk pass."""
    try:
        yield
    except errors as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DamagedFileError("the file is damaged") from error


@contextmanager
def _on_disk(stream: Stream) -> Iterator[BinaryIO]:
    """Copy a stream to a file, in which these formats can jump."""
    with TemporaryFile() as file:
        shutil.copyfileobj(cast("BinaryIO", stream), file, CHUNK_BYTES)
        file.seek(0)
        yield cast("BinaryIO", file)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
