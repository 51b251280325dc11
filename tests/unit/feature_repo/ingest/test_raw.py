from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from feature_repo.ingest.raw import DAMAGED, NOT_JSON, NOT_UTF8, BadLine, Events
from sentiment.schemas.events import PredictionEvent
from tests.integration.events import a_prediction

if TYPE_CHECKING:
    from collections.abc import Sequence

GOOD = a_prediction().model_dump_json().encode()
EVENTS = Events("predictions", PredictionEvent)


def read(content: bytes) -> Sequence[PredictionEvent | BadLine]:
    return list(EVENTS.lines("raw/predictions/dt=2026-11-23/1-2.jsonl", content))


def reasons(content: bytes) -> list[str | None]:
    return [item.reason if isinstance(item, BadLine) else None for item in read(content)]


def without(field: str) -> bytes:
    record: dict[str, Any] = json.loads(GOOD)
    del record[field]
    return json.dumps(record).encode()


def test_each_line_is_an_event_even_without_a_final_newline() -> None:
    assert reasons(GOOD + b"\n" + GOOD + b"\n") == [None, None]
    assert reasons(GOOD + b"\n" + GOOD) == [None, None]
    assert reasons(b"") == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (GOOD[: len(GOOD) // 2], NOT_JSON),
        (b"", NOT_JSON),
        (b"\xff\xfe", NOT_UTF8),
        (b'{"text": "\\ud800"}', NOT_JSON),
        (without("text"), "not an event of predictions: text"),
        (b"[]", "not an event of predictions: the line"),
        (b'{"kind": "of another schema"}', None),
    ],
)
def test_a_bad_line_is_reported_and_the_others_are_read(line: bytes, reason: str | None) -> None:
    first, bad, last = read(GOOD + b"\n" + line + b"\n" + GOOD + b"\n")
    assert isinstance(first, PredictionEvent)
    assert isinstance(last, PredictionEvent)
    assert isinstance(bad, BadLine)
    assert reason is None or bad.reason == reason
    assert (bad.line, bad.size_bytes, bad.sha256) == (2, len(line), hashlib.sha256(line).hexdigest())


def test_a_reason_never_quotes_the_line() -> None:
    (bad,) = read(b'{"text": 5, "label": "Jane Doe says"}')
    assert isinstance(bad, BadLine)
    assert "Jane" not in bad.reason


def test_compressed_objects_are_read_too() -> None:
    assert reasons(gzip.compress(GOOD + b"\n") + gzip.compress(GOOD + b"\n")) == [None, None]


def test_lines_before_the_end_of_a_truncated_gzip_are_read() -> None:
    lines = b"".join(a_prediction(text=f"{number}").model_dump_json().encode() + b"\n" for number in range(2000))
    whole = gzip.compress(lines)
    found = reasons(whole[: len(whole) // 2])
    assert found[-1] == DAMAGED
    assert len(found) > 100
    assert set(found[:-1]) == {None}


def test_a_gzip_of_other_bytes_is_damaged() -> None:
    assert reasons(b"\x1f\x8bnot gzip at all") == [DAMAGED]
