"""Raw HTTP requests as other clients send them."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from ops import aws
from tests.integration.local.emulator.votes import create_table, scan

if TYPE_CHECKING:
    from local.loop import Loop

JAVA = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"


@pytest.mark.parametrize("piece", [1 << 20, 7], ids=["in one piece", "in many"])
def test_the_body_of_a_request_that_offers_http2_is_read(emptied: Loop, piece: int) -> None:
    answers = _put(emptied, [_request("a", JAVA), _request("b", JAVA), _request("c", "Connection: close\r\n")], piece)
    assert answers.count("HTTP/1.1 200 OK") == 3
    assert {item["id"]["S"] for item in scan(aws.client(emptied, "dynamodb"))} == {"a", "b", "c"}


@pytest.mark.parametrize("closing", ["Connection: close\r\n", JAVA.replace("Connection: ", "Connection: close, ")])
def test_a_request_that_offers_http2_may_close_the_connection(emptied: Loop, closing: str) -> None:
    answers = _put(emptied, [_request("a", JAVA), _request("b", closing)])
    assert answers.count("HTTP/1.1 200 OK") == 2
    assert answers.count("connection: close") == 1


def test_a_client_that_closes_its_side_still_gets_its_answer(emptied: Loop) -> None:
    answers = _put(emptied, [_request("a"), _request("b")], half_close=True)
    assert answers.count("HTTP/1.1 200 OK") == 2


def test_an_incomplete_request_gets_no_answer_and_changes_nothing(emptied: Loop) -> None:
    assert "200 OK" not in _put(emptied, [_request("a")[:-1]], half_close=True)
    assert scan(aws.client(emptied, "dynamodb")) == []


def test_a_control_character_in_a_header_gets_the_apis_error_shape(emptied: Loop) -> None:
    head, _, body = _put(emptied, [_request("a", "x-thing: a\x01b\r\n")]).partition("\r\n\r\n")

    assert head.startswith("HTTP/1.1 400 ")
    assert "x-request-id: " in head
    assert json.loads(body)["error"]["code"] == "bad_request"
    assert scan(aws.client(emptied, "dynamodb")) == []


def _request(name: str, headers: str = "") -> bytes:
    body = json.dumps({"TableName": "votes", "Item": {"id": {"S": name}}})
    return (
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n{body}"
    ).encode()


def _put(loop: Loop, requests: list[bytes], piece: int = 1 << 20, *, half_close: bool = False) -> str:
    """Send the requests without waiting in between; return everything received until the server closes."""
    create_table(loop)
    sent = b"".join(requests)
    with socket.create_connection(("127.0.0.1", loop.ports.known()["emulator"]), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), piece):
            connection.sendall(sent[start : start + piece])
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
