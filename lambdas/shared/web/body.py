"""The body of a request: its largest size, gzip, and UTF-8."""

from __future__ import annotations

import gzip
import json
import zlib
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING

from lambdas.shared.web.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Receive

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Enough for 100 reviews of 10,000 characters of four bytes, and in base64 within Lambda's own limit."""

_UTF8 = frozenset({"utf-8", "utf-8-sig"})
_READ_ENCODINGS = frozenset({"gzip", "x-gzip", "identity", ""})
_GZIP = b"\x1f\x8b"
_MAX_QUOTED = 40


async def read_body(receive: Receive, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the body as UTF-8, decompressed if it is gzip.

    A gzip body is known by its first bytes, because a proxy may decompress it and leave its header, or remove that.

    Raises:
        ApiError: It is too large, even if only once decompressed; or compressed in another way; or not UTF-8.
    """
    _check_encoding(headers)
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        _check_size(body)
    if body.startswith(_GZIP):
        body = _decompressed(body)
    if not _is_utf8(body):
        raise ApiError(HTTPStatus.BAD_REQUEST, "not_utf8", "the body is not UTF-8")
    return body


def _check_encoding(headers: Iterable[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        if name == b"content-encoding":
            for encoding in value.decode("latin-1").lower().split(","):
                if encoding.strip() not in _READ_ENCODINGS:
                    message = (
                        f"the body's content-encoding is {encoding.strip()[:_MAX_QUOTED]!r}: send it plain or as gzip"
                    )
                    raise ApiError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", message)


def _check_size(body: bytes) -> None:
    if len(body) > MAX_BODY_BYTES:
        message = f"the body has more than {MAX_BODY_BYTES:,} bytes"
        raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", message)


def _decompressed(body: bytes) -> bytes:
    try:
        plain = gzip.GzipFile(fileobj=BytesIO(body)).read(MAX_BODY_BYTES + 1)  # a small body may hold gigabytes
    except (OSError, EOFError, zlib.error) as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "damaged_gzip", "the body starts as gzip and is damaged") from error
    _check_size(plain)
    return plain


def _is_utf8(body: bytes) -> bool:
    """Return whether the body is UTF-8; UTF-16 and UTF-32, which the JSON parser would accept, may look like it."""
    if json.detect_encoding(body) not in _UTF8:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
