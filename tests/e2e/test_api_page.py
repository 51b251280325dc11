"""The API's documentation page, in a real browser without internet access."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.loop import Loop


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page(viewport={"width": 1280, "height": 1400})


def test_a_person_can_authorise_and_make_a_prediction_on_the_page(loop: Loop, page: Page) -> None:
    page.goto(f"{loop.api_url}/docs")
    expect(page.get_by_text("/predict/batch")).to_be_visible()

    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    dialog.locator("input[type=text]").fill(loop.api_key)
    dialog.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").last.click()

    operation = page.locator(".opblock", has=page.get_by_text("/predict", exact=True))
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").fill(json.dumps({"text": "An excellent book, I loved every page."}))
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .highlight-code").first
    expect(answer).to_contain_text('"label": "positive"')
