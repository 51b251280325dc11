"""No page of another server gets through to a server of this machine, and no host name that somebody else can own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import PlainTextResponse

from local.guard import Guard, foreign

if TYPE_CHECKING:
    from local.guard import Message, Scope

Headers = list[tuple[str, str]]
LINK = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]


def request(headers: Headers, method: str = "GET", kind: str = "http") -> Scope:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return {"type": kind, "method": method, "path": "/", "headers": raw}


def page(*headers: tuple[str, str], host: str = "127.0.0.1:4566") -> Headers:
    return [("host", host), *headers]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:4566", "localhost:4566", "LocalHost", "[::1]:4566", "127.0.0.1", "localhost:14566"]
)
def test_this_machines_own_names_are_answered(host: str) -> None:
    assert foreign(request([("host", host)])) is None


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [""],
        ["evil.example:4566"],
        ["127.0.0.1.evil.example"],
        ["localhost.evil.example:4566"],
        ["evil.example#127.0.0.1"],
        ["127.0.0.1@evil.example"],
        ["evil.example:127.0.0.1"],
        ["127.0.0.1:4566, evil.example"],
        ["127.0.0.1:4566\nevil.example"],
        ["127.0.0.1", "evil.example"],
        ["127.0.0.1", "127.0.0.1"],
        ["0.0.0.0:4566"],
        ["127.0.0.2:4566"],
        ["[::ffff:127.0.0.1]:4566"],
        ["localhost.localstack.cloud:4566"],
        ["bücher.example"],
    ],
)
def test_any_other_host_name_is_refused(hosts: list[str]) -> None:
    refusal = foreign(request([("host", host) for host in hosts]))
    assert refusal
    assert refusal[0] == 400


def test_a_server_in_a_container_has_its_name_too() -> None:
    assert foreign(request([("host", "mwaa:5002")]), ["mwaa"]) is None
    for host in ("mwaa.evil.example:5002", "mlflow:5002", "", "mwaa@evil.example"):
        assert foreign(request([("host", host)]), ["mwaa"]), host


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT"])
@pytest.mark.parametrize(
    "headers",
    [
        [("origin", "http://evil.example")],
        [("origin", "null")],
        [("origin", "")],
        [("origin", "http://127.0.0.1:5001")],
        [("origin", "http://localhost:4566")],
        [("origin", "https://127.0.0.1:4566")],
        [("origin", "http://127.0.0.1:4566.evil.example")],
        [("origin", "http://127.0.0.1:4566"), ("origin", "http://evil.example")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "document")],
    ],
)
def test_a_page_of_another_server_is_refused(headers: Headers, method: str) -> None:
    refusal = foreign(request(page(*headers), method))
    assert refusal
    assert refusal[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("sec-fetch-site", "none")],
        [("sec-fetch-site", "same-origin")],
        [("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:4566")],
        LINK,
    ],
    ids=["a program", "typed", "own page", "own script", "a link"],
)
def test_programs_own_pages_and_links_are_answered(headers: Headers) -> None:
    assert foreign(request(page(*headers))) is None


def test_a_form_that_another_servers_page_submits_is_no_link() -> None:
    assert foreign(request(page(*LINK, ("origin", "http://evil.example")), "POST"))
    assert foreign(request(page(*LINK), "POST"))


def test_a_websocket_of_another_servers_page_is_closed_before_it_opens() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    opening = request(page(("origin", "http://evil.example")), kind="websocket")
    asyncio.run(Guard(PlainTextResponse("inside"))(opening, _nothing, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


@pytest.mark.parametrize(("method", "says_why"), [("GET", True), ("HEAD", False)])
def test_a_refusal_says_why_and_reaches_no_application(method: str, *, says_why: bool) -> None:
    async def ask(headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(Guard(PlainTextResponse("inside")))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, "/", headers=headers)

    assert asyncio.run(ask({})).status_code == 200
    refused = asyncio.run(ask({"origin": "http://evil.example"}))
    assert refused.status_code == 403
    assert ("may not use this" in refused.text) is says_why


async def _nothing() -> Message:
    pytest.fail("nothing is to be read")
