"""uvicorn's HTTP protocol, with three habits of clients handled as RFC 9110 and 9112 say, and errors as JSON.

Java's client offers HTTP/2 with every request (`Upgrade: h2c`); httptools then takes everything after the head for
HTTP/2, and the body is lost. A server may ignore the header (RFC 9110, 7.8): the head is parsed again without it.

`nc -N` and others close their side once the request is sent, and still wait for the answer (RFC 9112, 9.6).

A target may be a whole URL, as proxies get it: the host in it replaces that in `Host` (RFC 9112, 3.2.2).
"""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_WHOLE_URL = re.compile(rb"[a-z][a-z0-9+.-]*://([^/?#]*)", re.IGNORECASE)


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 (passed on)
        super().__init__(*arguments, **named)
        self.parser = _Parser(self)

    def data_received(self, data: bytes) -> None:
        """Parse the data; a head that asks for another protocol is parsed again without that, by a new parser."""
        while data:
            super().data_received(data)
            data = self.parser.to_parse_again if self.parser else b""
            if data:
                self.parser = _Parser(self)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, such as a control character in a header, in the shape of the API's errors."""
        message = f"{msg} A header may have a control character."
        body = json.dumps({"error": {"code": "bad_request", "message": message}}).encode()
        head = (
            "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n"
            f"x-request-id: {uuid4()}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def ignores_upgrade(self) -> bool:
        """Whether the head just parsed asks for a protocol that is not supported here."""
        upgrades: bool = self.parser.should_upgrade()
        return upgrades and self.parser.get_method() != b"CONNECT" and not self._should_upgrade()

    def head_without_upgrade(self) -> bytes:
        """The head just parsed, without `Upgrade`."""
        version = self.parser.get_http_version().encode()
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + version]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def on_headers_complete(self) -> None:
        """Start the request, unless its head is to be parsed again."""
        if whole := _WHOLE_URL.match(self.url):
            self.headers[:] = [(b"host", whole[1]), *(header for header in self.headers if header[0] != b"host")]
        if not self.ignores_upgrade():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the request, unless its head is to be parsed again."""
        if not self.ignores_upgrade():
            super().on_message_complete()

    def eof_received(self) -> bool:  # type: ignore[override] # uvicorn's never keeps the connection
        """Keep the connection open for the answer to a complete request, and close it after that."""
        waits = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if waits:
            self.cycle.keep_alive = False
        return waits


class _Parser(HttpRequestParser):  # type: ignore[misc] # httptools is in the emulator's environment only
    def __init__(self, protocol: Protocol) -> None:
        super().__init__(protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as in uvicorn
        self._protocol = protocol
        self.to_parse_again = b""

    def feed_data(self, data: bytes) -> None:
        try:
            super().feed_data(data)
        except HttpParserUpgrade as upgrade:
            if not self._protocol.ignores_upgrade():
                raise
            (end_of_head,) = upgrade.args
            self.to_parse_again = self._protocol.head_without_upgrade() + data[end_of_head:]
