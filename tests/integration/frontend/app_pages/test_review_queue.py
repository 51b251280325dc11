"""The page on which reviewers label, where something that it needs is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from frontend import resources as shared
from local.ports import HOST, free_port
from tests.integration.lambdas.api import API_KEY, REVIEWERS_API_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = """
from frontend.app_pages import review_queue
review_queue.page()
"""


@pytest.fixture
def page_on(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens the page with settings."""

    def opened(**given: str) -> AppTest:
        for name, value in {"API_KEY": API_KEY, "PROMETHEUS_URL": "", "REVIEWERS_API_KEY": REVIEWERS_API_KEY}.items():
            monkeypatch.setenv(name, given.get(name, value))
        monkeypatch.setenv("API_URL", given["API_URL"])
        for shared_one in (shared.settings, shared.api, shared.reviewers_api, shared.prometheus, shared.snapshot):
            shared_one.clear()
        return AppTest.from_string(SCRIPT, default_timeout=30).run()

    return opened


def nobody() -> str:
    """The address of a server that does not run."""
    return f"http://{HOST}:{free_port()}"


def test_without_the_reviewers_key_the_page_says_how_to_get_it(page_on: Callable[..., AppTest]) -> None:
    page = page_on(API_URL=nobody(), REVIEWERS_API_KEY="")
    assert page.info[0].value.startswith("This application has no reviewers' API key: set REVIEWERS_API_KEY")
    assert not page.text_input


def test_nothing_is_read_before_the_reviewer_has_a_name(page_on: Callable[..., AppTest]) -> None:
    page = page_on(API_URL=nobody())
    page.text_input(key="reviewer").input("   ").run()
    assert page.info[0].value == "Type your name to begin: every label carries who gave it."
    assert not page.error


def test_an_api_and_a_prometheus_that_are_down_are_sentences(page_on: Callable[..., AppTest]) -> None:
    page = page_on(API_URL=nobody(), PROMETHEUS_URL=nobody())
    page.text_input(key="reviewer").input("Ann").run()
    (error,) = page.error
    assert error.value == "What waits could not be read. The API does not answer. Is it running?"
    assert page.caption[0].value.startswith("How many labels are left until the next verdict is not known. ")
    assert [button.label for button in page.button] == ["Check for new reviews"]
    assert not page.exception
