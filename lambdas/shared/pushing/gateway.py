"""One attempt to push, which ends within 200 ms as far as that is possible.

Two things can take longer: to resolve a name, which cannot be interrupted, and to connect to a name with several
addresses, of which each is given the time. The thread of the push waits for them, and no answer does.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from prometheus_client import push_to_gateway

from lambdas.shared.pushing.address import address_of
from lambdas.shared.pushing.pushes import PushError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prometheus_client.registry import Collector

TIMEOUT_S = 0.2
_PORTS = {"http": 80, "https": 443}
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})\b")
_SUCCESS = range(200, 300)
_LONGEST_LINE = 1024


def put(url: str, *, job: str, group: Mapping[str, str], collector: Collector) -> None:
    """Replace what the gateway has of a group.

    Raises:
        PushError: The gateway did not say in time that it has it.
    """
    try:
        address, credentials = address_of(url)
        push_to_gateway(
            address,
            job=job,
            registry=collector,
            grouping_key=dict(group),
            timeout=TIMEOUT_S,
            handler=lambda **request: partial(_send, credentials=credentials, **request),
        )
    except TimeoutError as error:
        raise PushError(f"no answer within {1000 * TIMEOUT_S:.0f} ms") from error
    except (OSError, ValueError) as error:  # whose messages may quote the address
        raise PushError(type(error).__name__) from error


def _send(
    *,
    url: str,
    method: str,
    timeout: float,
    headers: Sequence[tuple[str, str]],
    data: bytes,
    credentials: Mapping[str, str],
) -> None:
    """Make one request within the timeout, in seconds, in place of prometheus_client's own handler.

    That one, like `http.client`, gives the timeout to each read, so a server that sends a byte now and then could hold
    it for ever; and it computes twice as long, which the call beside it would notice.
    """
    parts = urlsplit(url)
    head = [
        f"{method} {parts.path} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Connection: close",
        f"Content-Length: {len(data)}",
        *(f"{name}: {value}" for name, value in (*headers, *credentials.items())),
    ]
    tls = _tls() if parts.scheme == "https" else None  # read before the time begins
    deadline = time.monotonic() + timeout
    with _connected(parts.hostname or "", parts.port or _PORTS[parts.scheme], deadline, tls) as connection:
        connection.settimeout(_left(deadline))
        connection.sendall("\r\n".join([*head, "", ""]).encode() + data)
        line = _first_line(connection, deadline)
    status = _STATUS.match(line)
    if not status:
        raise PushError("what answers is no web server")
    if int(status[1]) not in _SUCCESS:
        raise PushError(f"the gateway answers {status[1].decode()}")


def _connected(host: str, port: int, deadline: float, tls: ssl.SSLContext | None) -> socket.socket:
    plain = socket.create_connection((host, port), timeout=_left(deadline))
    try:
        plain.settimeout(_left(deadline))
        return tls.wrap_socket(plain, server_hostname=host) if tls else plain
    except OSError:
        plain.close()
        raise


def _first_line(connection: socket.socket, deadline: float) -> bytes:
    """Return the first line of an answer, or as much of it as no status line is longer than."""
    answer = b""
    while b"\r\n" not in answer and len(answer) < _LONGEST_LINE:
        connection.settimeout(_left(deadline))
        piece = connection.recv(_LONGEST_LINE)
        if not piece:
            raise ConnectionResetError
        answer += piece
    return answer.partition(b"\r\n")[0]


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _left(deadline: float) -> float:
    """Return the seconds that are left.

    Raises:
        TimeoutError: None are.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
