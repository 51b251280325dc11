"""The documentation page works without the internet, behind any path."""

from __future__ import annotations

import asyncio
import gzip
import re
from importlib.metadata import files
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from lambdas.inference import docs
from lambdas.shared.web.gateway import application

SHIPPED = Path(docs.__file__).parent / "swagger_ui"


class Client:
    """Requests pages of the application."""

    def __init__(self) -> None:
        self._transport = httpx.ASGITransport(application(docs.router))

    def get(self, path: str) -> httpx.Response:
        async def get() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://localhost") as client:
                return await client.get(path)

        return asyncio.run(get())


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.mark.parametrize("prefix", ["/v1/", "/_aws/execute-api/ab12/v1/", "/restapis/ab12/v1/_user_request_/"])
def test_everything_that_the_page_loads_is_served_with_it(client: Client, prefix: str) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text) + re.findall(r"url: '([^']+)'", page.text)
    assert len(addresses) >= 4

    for address in addresses:
        if address.startswith("data:"):
            continue
        there = urljoin(f"http://localhost{prefix}docs", address)
        assert there.startswith(f"http://localhost{prefix}"), "nothing from the internet"
        assert client.get("/" + there.removeprefix(f"http://localhost{prefix}")).status_code == 200


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js", "swagger-ui.css"])
def test_the_shipped_files_are_those_of_the_pinned_package(name: str) -> None:
    """To update them: gzip -9n the files of the installed `fastapi_swagger/resources` into the folder."""
    (packaged,) = [file for file in files("fastapi-swagger") or [] if file.name == name]
    assert gzip.decompress((SHIPPED / f"{name}.gz").read_bytes()) == packaged.read_binary()


@pytest.mark.parametrize("name", ["../handler.py", "%2e%2e%2fhandler.py", "README.md", "swagger-ui-bundle.js.gz", ""])
def test_no_other_file_is_served(client: Client, name: str) -> None:
    assert client.get(f"/docs/{name}").status_code == 404
