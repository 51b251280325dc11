"""Events of API Gateway reach the route that the gateway chose."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import APIRouter

from lambdas.shared.web import gateway

if TYPE_CHECKING:
    from collections.abc import Iterator

router = APIRouter()


@router.get("/docs/{name}")
async def docs_file(name: str) -> str:
    return name


@pytest.fixture(autouse=True)
def _event_loop_of_this_test() -> Iterator[None]:
    yield
    gateway.event_loop().close()
    gateway.event_loop.cache_clear()
    asyncio.set_event_loop(None)


def call(path: str, resource: str, parameters: dict[str, str] | None) -> tuple[int, str]:
    event: dict[str, Any] = {
        "resource": resource,
        "path": path,
        "pathParameters": parameters,
        "httpMethod": "GET",
        "headers": {},
        "requestContext": {},
    }
    answer = gateway.as_handler(gateway.application(router))(event, None)
    return answer["statusCode"], answer["body"]


@pytest.mark.parametrize("base_path", ["", "/reviews", "/docs", "/a/b"])
def test_the_base_path_of_a_custom_domain_is_ignored(base_path: str) -> None:
    called = call(f"{base_path}/docs/swagger-ui.css", "/docs/{proxy+}", {"proxy": "swagger-ui.css"})

    assert called == (200, '"swagger-ui.css"')


@pytest.mark.parametrize("name", ["a b", "50%25", "{proxy+}", "\\1"])
def test_a_path_parameter_reaches_the_route_as_it_is(name: str) -> None:
    status, body = call("/docs/x", "/docs/{proxy+}", {"proxy": name})

    assert (status, body.replace("\\\\", "\\")) == (200, f'"{name}"')


def test_a_path_that_leaves_its_route_is_not_found() -> None:
    assert call("/docs/x", "/docs/{proxy+}", {"proxy": "../predict"})[0] == 404
