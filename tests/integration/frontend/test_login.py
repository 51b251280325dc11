"""Who may see the pages from other machines, with an OpenID Connect provider and a real browser."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from local.ports import free_port
from tests.browser import chromium
from tests.integration.frontend.conftest import serving_pages, wait_until_it_answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

HOST = "pages.test"
KNOWN = (
    {"sub": "ann", "email": "Ann@example.org", "email_verified": True},
    {"sub": "bob", "email": "bob@elsewhere.example", "email_verified": True},
    {"sub": "eve", "email": "ann@example.org", "email_verified": False},
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    port, folder = free_port(), tmp_path_factory.mktemp("pages")
    settings = {
        "API_URL": "http://127.0.0.1:1",
        "API_KEY": "key",
        "FRONTEND_HOSTS": f"{HOST} 127.0.0.1",
        "FRONTEND_USERS": "ann@example.org",
    }
    with _provider() as provider_url:
        _write_secrets(folder, f"http://{HOST}:{port}", provider_url)
        with serving_pages(port, settings, folder), chromium() as browser:
            yield browser.new_page(base_url=f"http://{HOST}:{port}")


@contextmanager
def _provider() -> Iterator[str]:
    """Run a provider that knows some people and asks nobody for a password; yield its URL."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    people = [part for one in KNOWN for part in ("--user-claims", json.dumps(one))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(port), *people]
    with subprocess.Popen(command) as provider:
        try:
            wait_until_it_answers(f"{url}/.well-known/openid-configuration")
            yield url
        finally:
            provider.terminate()


def _write_secrets(folder: Path, pages_url: str, provider_url: str) -> None:
    file = folder / ".streamlit" / "secrets.toml"
    file.parent.mkdir()
    file.write_text(
        f"""
        [auth]
        redirect_uri = "{pages_url}/oauth2callback"
        cookie_secret = "{secrets.token_hex()}"
        client_id = "pages"
        client_secret = "a secret for tests"
        server_metadata_url = "{provider_url}/.well-known/openid-configuration"
        """,
        encoding="utf-8",
    )


def log_in(page: Page, name: str) -> None:
    page.context.clear_cookies()
    page.goto("")
    page.get_by_role("button", name="Log in").click(timeout=30_000)
    page.get_by_placeholder("sub").fill(name)
    page.get_by_role("button", name="Authorize").click()


@pytest.mark.parametrize("path", ["", "models", "review_queue"])
def test_nobody_sees_a_page_without_a_login(page: Page, path: str) -> None:
    page.goto(path)

    expect(page.get_by_role("button", name="Log in")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sentiment Loop")


def test_nobody_sends_a_file_before_a_login(page: Page) -> None:
    page.goto("")
    answer = page.evaluate(
        "fetch('/_stcore/upload_file/session/file', {method: 'PUT', body: 'text'}).then((answer) => answer.text())"
    )

    assert answer == "Log in first"


def test_who_is_on_the_list_logs_in_and_sees_the_pages(page: Page) -> None:
    log_in(page, "ann")

    expect(page.get_by_role("heading", level=1)).to_have_text("Try it", timeout=30_000)


@pytest.mark.parametrize("name", ["bob", "eve"])
def test_nobody_else_sees_a_page_with_a_login(page: Page, name: str) -> None:
    """Neither with another address, nor with one that the provider has not verified."""
    log_in(page, name)

    expect(page.get_by_text("not on the list of those who may use these pages")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="End session").click()  # the provider asks
    expect(page.get_by_role("button", name="Log in")).to_be_visible(timeout=30_000)
