"""Every request has an id and one line in the log, whether it succeeds or fails."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import APIRouter

from lambdas.shared.web.body import MAX_BODY_BYTES
from lambdas.shared.web.edge import Edge
from lambdas.shared.web.gateway import application

if TYPE_CHECKING:
    from collections.abc import Iterator

router = APIRouter()


@router.post("/fails")
async def fails() -> None:
    raise ZeroDivisionError("an internal secret")


@router.post("/echo")
async def echo(body: dict[str, str]) -> dict[str, str]:
    return body


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(record.getMessage()))


@pytest.fixture
def log() -> Iterator[list[dict[str, Any]]]:
    handler = Lines()
    logger = logging.getLogger("lambdas.request")
    logger.addHandler(handler)
    yield handler.lines
    logger.removeHandler(handler)


def post(path: str, body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(Edge(application(router)), raise_app_exceptions=False)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post(path, content=body, headers=headers)

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/echo", b'{"text": "my secret review"}', 200),
        ("/echo", b"my secret review", 400),
        ("/echo", b"\xff", 400),
        ("/echo", b"x" * (MAX_BODY_BYTES + 1), 413),
        ("/fails", b"", 500),
        ("/nowhere", b"", 404),
    ],
)
def test_every_request_is_logged_once_without_its_text(
    log: list[dict[str, Any]], path: str, body: bytes, status: int
) -> None:
    answer = post(path, body)

    assert answer.status_code == status
    (line,) = log
    assert line.pop("ms") >= 0
    assert line == {
        "request_id": answer.headers["x-request-id"],
        "method": "POST",
        "path": path,
        "status": status,
    }


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_json_in_another_encoding_than_utf_8_is_refused(encoding: str) -> None:
    """Without a byte order mark it is valid UTF-8 full of zeros, and Python's JSON parser accepts it."""
    answer = post("/echo", '{"text": "great"}'.encode(encoding))

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_utf8")


def test_utf_8_with_a_byte_order_mark_is_accepted() -> None:
    assert post("/echo", '{"text": "great"}'.encode("utf-8-sig")).json() == {"text": "great"}


@pytest.mark.parametrize(
    "body",
    [b"great", b"{", b"\0", b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"text": ' + b"9" * 5000 + b"}"],
    ids=lambda body: body[:10].decode(),
)
def test_invalid_json_has_one_error_code(body: bytes) -> None:
    answer = post("/echo", body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_json")


def test_an_internal_error_reveals_no_details() -> None:
    assert post("/fails", b"").json() == {"error": {"code": "internal", "message": "something went wrong on our side"}}


def test_a_body_of_the_largest_allowed_size_is_read() -> None:
    body = b'{"text": "' + b"x" * (MAX_BODY_BYTES - 12) + b'"}'
    assert len(body) == MAX_BODY_BYTES
    assert post("/echo", body).status_code == 200


TEXT = b'{"text": "great"}'


@pytest.mark.parametrize("headers", [{"content-encoding": "gzip"}, {"content-encoding": "GZIP, identity"}, {}])
@pytest.mark.parametrize(
    "body",
    [gzip.compress(TEXT), gzip.compress(TEXT[:5]) + gzip.compress(TEXT[5:]), TEXT],
    ids=["gzip", "gzip in two members", "plain"],
)
def test_a_gzip_body_is_read_whatever_a_proxy_did_to_it(body: bytes, headers: dict[str, str]) -> None:
    assert post("/echo", body, headers).json() == {"text": "great"}


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, zstd"])
def test_another_content_encoding_is_refused_by_its_name(encoding: str) -> None:
    answer = post("/echo", b"\x0b\x02", {"content-encoding": encoding})

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_encoding")
    assert repr(encoding.rsplit(" ", maxsplit=1)[-1]) in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [b"\x1f\x8b", gzip.compress(TEXT)[:-9], gzip.compress(TEXT)[:-1] + b"x"],
    ids=["the first bytes", "no end", "another length"],
)
def test_a_damaged_gzip_body_is_refused(body: bytes) -> None:
    answer = post("/echo", body, {"content-encoding": "gzip"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "damaged_gzip")


def test_a_gzip_body_counts_by_its_decompressed_size() -> None:
    answer = post("/echo", gzip.compress(b"x" * (MAX_BODY_BYTES + 1)), {"content-encoding": "gzip"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
