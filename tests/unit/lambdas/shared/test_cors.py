"""Web pages of the allowed origins may call the API and read its errors; others may not."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import APIRouter

from lambdas.shared.web.edge import Edge
from lambdas.shared.web.gateway import application

SHOP = "https://shop.example"
ALLOWED = (SHOP, "http://localhost:3000")

router = APIRouter()


@router.post("/predict")
async def predict(review: dict[str, str]) -> dict[str, str]:
    return review


def ask(
    method: str, headers: dict[str, str], *, allowed: tuple[str, ...] = ALLOWED, body: bytes = b""
) -> httpx.Response:
    transport = httpx.ASGITransport(Edge(application(router), allowed_origins=allowed))

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, "/predict", headers=headers, content=body)

    return asyncio.run(send())


def preflight(origin: str, *, method: str = "POST", allowed: tuple[str, ...] = ALLOWED) -> httpx.Response:
    asked = {"access-control-request-method": method, "access-control-request-headers": "content-type,x-api-key"}
    return ask("OPTIONS", {"origin": origin, **asked}, allowed=allowed)


@pytest.mark.parametrize("origin", ALLOWED)
def test_a_page_of_an_allowed_origin_may_send_its_key_and_json(origin: str) -> None:
    answer = preflight(origin)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin
    assert {"content-type", "x-api-key"} <= set(answer.headers["access-control-allow-headers"].lower().split(", "))
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize("origin", ["https://evil.example", f"{SHOP}.evil.example", "null", "https://SHOP.example"])
def test_a_page_of_another_origin_is_refused_in_the_apis_shape(origin: str) -> None:
    answer = preflight(origin)

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-origin" not in ask("POST", {"origin": origin}, body=b"{}").headers


@pytest.mark.parametrize(("origin", "answer"), [(SHOP, "true"), ("https://evil.example", None)])
def test_an_allowed_page_on_the_web_may_call_a_loop_on_this_machine(origin: str, answer: str | None) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-private-network": "true"}

    told = ask("OPTIONS", {"origin": origin, **asked}).headers
    assert told.get("access-control-allow-private-network") == answer


def test_a_page_may_use_the_apis_methods_only() -> None:
    assert preflight(SHOP, method="DELETE").status_code == 403


@pytest.mark.parametrize(("body", "status"), [(b"{}", 200), (b"{", 400), (b"\xff", 400), (b"[]", 422)])
def test_a_page_may_read_answers_errors_and_their_request_id(body: bytes, status: int) -> None:
    answer = ask("POST", {"origin": SHOP}, body=body)

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "x-request-id" in answer.headers["access-control-expose-headers"]


def test_by_default_no_page_of_another_origin_may_call() -> None:
    assert preflight(SHOP, allowed=()).status_code == 405
    assert "access-control-allow-origin" not in ask("POST", {"origin": SHOP}, allowed=(), body=b"{}").headers
