"""Formats with one row per line: each line is read on its own, so that a bad one does not affect others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sentiment.reviews.reading.lines import MAX_LINE_BYTES
from sentiment.reviews.reading.rejected import Rejected, RowError, reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sentiment.reviews.reading.lines import Line
    from sentiment.reviews.review import Review

TOO_LONG = f"the row is longer than {MAX_LINE_BYTES // 1024**2} MiB"


def read_rows(lines: Iterator[Line], review_of: Callable[[bytes], Review]) -> Iterator[Review | Rejected]:
    """Yield the review that `review_of` reads from each line that is not blank, or why it cannot."""
    for line in lines:
        if line.overlong_bytes:
            yield Rejected(line.number, TOO_LONG, line.overlong_bytes)
        elif line.data.strip():
            try:
                yield review_of(line.data)
            except RowError as error:
                yield reject(line.number, line.data, str(error))


def json_object(data: bytes) -> dict[str, Any]:
    """Return the JSON object on a line.

    Raises:
        RowError: It is not one.
    """
    try:
        value = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RowError("the row is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise RowError("the row is not JSON") from error
    if not isinstance(value, dict):
        raise RowError("the row is not a JSON object")
    return value


def has_json_keys(lines: list[bytes], *keys: str) -> bool:
    """Return whether the first JSON object on these lines has all of these keys."""
    for data in lines:
        try:
            return json_object(data).keys() >= set(keys)
        except RowError:
            continue  # the file may start with a damaged row
    return False
