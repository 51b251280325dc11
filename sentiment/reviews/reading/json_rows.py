"""Rows in JSON: an object on each line, or documents with arrays of objects, however deep."""

from __future__ import annotations

import ast
import json
import re
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sentiment.reviews.reading.column_names import TEXT, TEXT_AND_RATING, known_names, named_as
from sentiment.reviews.reading.rows import TOO_LONG, Rejected, RowError
from sentiment.reviews.reading.streams import CHUNK_BYTES, MAX_LINE_BYTES, DamagedFileError, Stream

if TYPE_CHECKING:
    import codecs
    from collections.abc import Callable, Iterator, Sequence

    from sentiment.reviews.reading.rows import Row

DECODER = json.JSONDecoder()
NOT_JSON = "the row is not JSON"
MAX_DEPTH = 8
LOOKED_BACK = 100
LOOKED_AT = 100
"""Lines that tell whether each is an object."""
COLUMNS = re.compile(r'\s*\{\s*"[^"]*"\s*:\s*(?:\{\s*"[^"]*"\s*:\s*[^{\[]|\[\s*")')
"""Start of a document in columns, as pandas writes it; only such a one is read whole, up to a size."""
MAX_COLUMNS = 64 * 1024**2
SPACE = re.compile(r"\s*")
NEXT_OBJECT = re.compile(r"\}\s*,\s*(?=\{)")
PYTHON = (b"{'", b'{u"', b"{u'")
"""Starts of a line in the oldest files of McAuley's, which are not JSON but Python, as `{'overall': 5.0}`."""


def object_in(data: bytes, decode: Callable[[bytes], str]) -> Row:
    """Return the object on a line.

    Raises:
        RowError: It is not one.
    """
    text = decode(data)
    try:
        value = _python(text) if data.startswith(PYTHON) else json.loads(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        raise RowError(NOT_JSON) from error
    if not isinstance(value, dict):
        raise RowError("the row is not a JSON object")
    return value


def _python(text: str) -> Any:  # noqa: ANN401 - what the text has
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about an author's backslash, as in "\m/"
        return ast.literal_eval(text)


def is_lines(lines: Sequence[bytes]) -> bool:
    """Return whether a file with these first lines has an object on each of them, of which some may be damaged."""
    if lines[0].lstrip().startswith(b"["):
        return False
    objects = 0
    for line in lines[:LOOKED_AT]:
        with suppress(RowError):
            object_in(line, lambda data: data.decode("utf-8", "replace"))
            objects += 1
    return 2 * objects >= len(lines[:LOOKED_AT])


def rows_of(value: Row, *, texts_only: bool = False) -> Iterator[Row]:
    """Yield the rows of an object: itself, or one for each object of a list in it, with what surrounds the list.

    Keys of inner objects follow the outer key and a dot, as in `reviews.text`. Columns as pandas writes them
    (`{"text": {"0": ..., "1": ...}}`, or `columns` and `data`) become rows.

    The objects of a list are rows if they have text and rating by their names; with `texts_only`, a text, where the
    object itself has none.
    """
    if _is_columns(value):
        for key in next(iter(value.values())):
            yield {name: column[key] for name, column in value.items()}
        return
    if _is_split(value):
        yield from (dict(zip(value["columns"], row, strict=False)) for row in value["data"] if isinstance(row, list))
        return
    flat: Row = {}
    lists: dict[str, list[Row]] = {}
    _flatten(value, "", flat, lists)
    keys = {
        name: [f"{name}.{key}" for key in next(rows_of(rows[0], texts_only=texts_only), {})]
        for name, rows in lists.items()
    }
    known = {name: known_names(keys[name]) for name in lists}
    name = max(known, key=lambda name: (known[name], len(lists[name])), default="")
    if texts_only:
        is_list = bool(name and named_as(TEXT, keys[name])) and not named_as(TEXT, flat)
    else:
        is_list = known.get(name, 0) >= TEXT_AND_RATING
    if not is_list:
        yield flat
        return
    for inner in lists[name]:
        for row in rows_of(inner, texts_only=texts_only):
            yield flat | {f"{name}.{key}": value for key, value in row.items()}


def is_packed(value: Row) -> bool:
    """Return whether an object has all rows of a table, by column or apart from the columns' names."""
    return _is_columns(value) or _is_split(value)


def _is_columns(value: Row) -> bool:
    keys = {tuple(column) if isinstance(column, dict) else () for column in value.values()}
    return len(value) > 1 and len(keys) == 1 and keys != {()}


def _is_split(value: Row) -> bool:
    return isinstance(value.get("columns"), list) and isinstance(value.get("data"), list)


def _flatten(value: Row, prefix: str, flat: Row, lists: dict[str, list[Row]]) -> None:
    for key, inner in value.items():
        name = f"{prefix}{key}"
        if isinstance(inner, dict) and name.count(".") < MAX_DEPTH:
            _flatten(inner, f"{name}.", flat, lists)
        elif isinstance(inner, list) and inner and all(isinstance(each, dict) for each in inner):
            lists[name] = inner
        else:
            flat[name] = inner


def objects_in(text: Text) -> Iterator[tuple[int, Row] | Rejected]:
    """Yield the objects of a document in the arrays of its outermost levels, each with its line.

    A document of one object is yielded whole if it is small; else its arrays are, with the values that stand before
    them. Only one object is in memory.
    """
    while text.peek():
        yield from _walk(text, "", {}, 0)
        if text.peek() in ("]", "}", ",", ":"):  # after a part that could not be read
            text.take()


def _walk(text: Text, prefix: str, around: Row, depth: int) -> Iterator[tuple[int, Row] | Rejected]:
    first = text.peek()
    line = text.line
    try:
        if first == "[":
            yield from _array(text, prefix, around)
            return
        if first == "{" and depth == 0 and (whole := text.small()) is not None:
            yield line, whole
            return
        if first != "{":
            text.value()
            return
        text.take()
        values = dict(around)
        while text.peek() not in ("}", ""):
            if text.peek() == ",":
                text.take()
                continue
            name = f"{prefix}{text.value()}"
            text.colon()
            inner = text.small() if text.peek() == "{" else None
            if inner is not None:
                values[name] = inner
            elif text.peek() in ("[", "{") and depth < MAX_DEPTH:
                yield from _walk(text, f"{name}.", values, depth + 1)
            else:
                values[name] = text.value()
        text.take()
    except RowError as error:
        yield Rejected(line, str(error))
        text.skip()


def _array(text: Text, prefix: str, around: Row) -> Iterator[tuple[int, Row] | Rejected]:
    text.take()
    while (first := text.peek()) not in ("]", ""):
        if first == ",":
            text.take()
            continue
        line = text.line
        try:
            value = text.value()
        except RowError as error:
            yield Rejected(line, str(error))
            text.skip()
            continue
        if isinstance(value, dict):
            yield line, {**around, **({f"{prefix}{key}": inner for key, inner in value.items()} if prefix else value)}
    text.take()


class Text:
    """The text of a JSON document, of which only what is being read is in memory.

    Args:
        stream: The document.
        decoder: Decodes its bytes.
    """

    def __init__(self, stream: Stream, decoder: codecs.IncrementalDecoder) -> None:
        self._stream = stream
        self._decoder = decoder
        self._text = ""
        self._at = 0
        self._counted = 0
        self._line = 1
        self._ended = False
        self._damage: DamagedFileError | None = None
        self._more()
        self._text = self._text.removeprefix("\ufeff")
        self._whole = MAX_COLUMNS if COLUMNS.match(self._text) else MAX_LINE_BYTES

    @property
    def line(self) -> int:
        """The line that is being read, from 1."""
        self._count_lines()
        return self._line

    def peek(self) -> str:
        """Return the next character that is not white space; empty at the end.

        Raises:
            DamagedFileError: The file is damaged here.
        """
        while True:
            self._at = SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self) -> None:
        """Go on after the next character."""
        self._at = min(self._at + 1, len(self._text))

    def colon(self) -> None:
        """Go on after the colon that comes next.

        Raises:
            RowError: There is none.
        """
        if self.peek() != ":":
            raise RowError(NOT_JSON)
        self.take()

    def value(self, limit: int = MAX_LINE_BYTES) -> Any:  # noqa: ANN401 - what the document has
        """Return the next value.

        Raises:
            RowError: It is longer than `limit` characters, or no JSON; nothing was taken.
        """
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if len(self._text) - self._at > limit:
                    raise RowError(TOO_LONG) from error
                if not self._more():
                    raise RowError(NOT_JSON) from error
                continue
            if end == len(self._text) and self._more():
                continue  # a number may go on
            self._at = end
            return value

    def small(self) -> Row | None:
        """Return the object that comes next; None, and nothing is taken, if it is too long for one row or damaged."""
        try:
            value = self.value(self._whole)
        except RowError:
            return None
        return value if isinstance(value, dict) else None

    def skip(self) -> None:
        """Go on after what cannot be read: at the next object of an array."""
        while (found := NEXT_OBJECT.search(self._text, self._at)) is None:
            self._at = max(self._at, len(self._text) - LOOKED_BACK)
            if not self._more():
                self._at = len(self._text)
                return
        self._at = found.end()

    def _count_lines(self) -> None:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at

    def _more(self) -> bool:
        if self._damage is not None:
            raise self._damage
        if self._ended:
            return False
        self._count_lines()
        wanted = max(CHUNK_BYTES, len(self._text) - self._at)
        chunks = [self._text[self._at :]]
        self._at = self._counted = 0
        while wanted > 0 and not self._ended:
            try:
                chunk = self._stream.read(CHUNK_BYTES)
            except DamagedFileError as damage:
                self._damage = damage  # raised after what stands before it has been read
                break
            self._ended = not chunk
            chunks.append(self._decoder.decode(chunk, final=self._ended))
            wanted -= len(chunk)
        self._text = "".join(chunks)
        return True
