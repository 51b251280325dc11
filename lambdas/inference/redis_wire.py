"""The part of Redis's protocol (RESP 2) that one read needs.

redis-py would take the function 2.9 MB over its 15 MB: see docs/decisions/0045-redis-and-mmh3.md.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Self
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

Answer = bytes | list["Answer"] | None

_PORT = 6379
_END = b"\r\n"
_MAX_LINE = 1024
_MAX_VALUE = 65_536
_MAX_VALUES = 64


class RedisError(Exception):
    """Redis refuses, or the server is no Redis; the message says why."""


class RedisUrl(NamedTuple):
    """Address of a server, and the commands that start a connection."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    greeting: tuple[bytes, ...]

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return the parts of `redis://[[user]:password@]host[:port][/database]`, or `rediss://...` for TLS.

        Raises:
            ValueError: The URL is malformed.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
            raise ValueError("REDIS_URL must be redis://host:port/database, or rediss:// for TLS")
        greeting = []
        if parts.password:
            user = [unquote(parts.username).encode()] if parts.username else []
            greeting.append(command(b"AUTH", *user, unquote(parts.password).encode()))
        if database := parts.path.strip("/"):
            greeting.append(command(b"SELECT", database.encode()))
        tls = ssl.create_default_context() if parts.scheme == "rediss" else None
        return cls(parts.hostname, parts.port or _PORT, tls, tuple(greeting))


def command(*words: bytes) -> bytes:
    """Return a command as bytes."""
    return b"".join([b"*%d\r\n" % len(words), *(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)])


class Connection:
    """A connection, logged in and with its database selected.

    Raises:
        OSError: The server does not answer.
        RedisError: It refuses the password or the database.
    """

    def __init__(self, url: RedisUrl, timeout_s: float) -> None:
        self._socket = socket.create_connection((url.host, url.port), timeout=timeout_s)
        self._answers: BinaryIO | None = None
        try:
            if url.tls:
                self._socket = url.tls.wrap_socket(self._socket, server_hostname=url.host)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._answers = self._socket.makefile("rb")
            if url.greeting:
                self.ask(url.greeting)
        except (OSError, RedisError):
            self.close()
            raise

    def ask(self, commands: Sequence[bytes]) -> list[Answer]:
        """Send commands in one go and return their answers.

        Raises:
            OSError: The server does not answer, or has closed the connection.
            RedisError: It refuses a command, or is no Redis.
        """
        self._socket.sendall(b"".join(commands))
        return [self._answer() for _ in commands]

    def close(self) -> None:
        """Close the connection."""
        if self._answers:
            self._answers.close()
        self._socket.close()

    def _answer(self) -> Answer:
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind in {b"+", b":"}:
            return rest
        if kind == b"-":
            raise RedisError(rest.decode("utf-8", "replace"))
        if kind == b"$":
            length = _number(rest, _MAX_VALUE)
            return None if length < 0 else self._bytes(length + len(_END))[: -len(_END)]
        if kind == b"*":
            return [self._answer() for _ in range(_number(rest, _MAX_VALUES))]
        raise RedisError("the server does not speak Redis's protocol")

    def _line(self) -> bytes:
        assert self._answers  # noqa: S101 - set before the first command
        line = self._answers.readline(_MAX_LINE)
        if not line.endswith(_END):
            raise ConnectionResetError("the connection was closed")
        return line.removesuffix(_END)

    def _bytes(self, count: int) -> bytes:
        assert self._answers  # noqa: S101 - the same
        data = self._answers.read(count)
        if len(data) < count:
            raise ConnectionResetError("the connection was closed")
        return data


def _number(digits: bytes, limit: int) -> int:
    try:
        number = int(digits)
    except ValueError as error:
        raise RedisError("the server does not speak Redis's protocol") from error
    if number > limit:
        raise RedisError(f"an answer with a length of {number:,} is too long")
    return number
