"""The live page's component in a real browser, without a server."""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from frontend.certainty import LEGEND
from frontend.live import component
from tests.browser import chromium
from tests.integration.lambdas.functions import tiny_artifact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

SHOW = """async ([script, data]) => {
  const module = await import(`data:text/javascript;base64,${script}`);
  module.default({ data, parentElement: document.body });
}"""
TINY = tiny_artifact("1")


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page()
        page.set_content(component.HTML)
        yield page


def show(page: Page, artifact: bytes) -> None:
    script = base64.b64encode(component.SCRIPT.encode()).decode()
    page.evaluate(SHOW, [script, component.data("sha256", base64.b64encode(artifact).decode())])


def test_before_a_text_is_typed_nothing_is_predicted(page: Page) -> None:
    show(page, TINY)
    expect(page.locator(".shown")).to_be_hidden()

    page.get_by_label("Review", exact=True).fill("great")
    expect(page.get_by_role("heading")).to_have_text("Positive, 73 % sure")
    expect(page.get_by_role("img", name="73 % positive")).to_be_visible()
    expect(page.get_by_text(LEGEND)).to_be_visible()
    expect(page.locator(".explained")).to_contain_text("The marked words add +0.9")
    page.get_by_label("Review", exact=True).fill("unheard")
    expect(page.get_by_text("The model knows no word of this review.")).to_be_visible()

    page.get_by_label("Review", exact=True).fill(" ")
    expect(page.locator(".shown")).to_be_hidden()
    expect(page.get_by_role("heading")).to_have_text("")


@pytest.mark.parametrize(
    "artifact", [b"not gzip", TINY[:-20], gzip.compress(b"not JSON", mtime=0), gzip.compress(b"{}", mtime=0)]
)
def test_a_model_that_cannot_be_read_is_said(page: Page, artifact: bytes) -> None:
    show(page, artifact)
    expect(page.get_by_role("alert")).to_contain_text("The model cannot be read")


def test_a_browser_that_is_too_old_is_said(page: Page) -> None:
    page.evaluate("delete window.DecompressionStream")
    show(page, TINY)
    expect(page.get_by_role("alert")).to_contain_text("This browser is too old")
