"""The review queue in a real browser, by keyboard alone, with the real API behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import tenacity
from playwright.sync_api import expect

from local.ports import free_port
from tests.browser import chromium
from tests.integration.frontend.conftest import serving_pages
from tests.integration.lambdas.api import API_KEY, REVIEWERS_API_KEY
from tests.integration.lambdas.books import a_prediction, stored_feedback, waiting

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocketRoute

    from tests.integration.resources import Resources

ALL = 200
KEYS = "pn"
LABELS = {"p": "positive", "n": "negative"}
TWICE = """
(key) => [1, 2].forEach(() => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })))
"""
"""Without anything in between, however busy the machine is."""
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script> a book"


def predicted(resources: Resources, *texts: str) -> dict[str, str]:
    """Return the prediction that waits for each text."""
    return {text: a_prediction(resources, audit=True, text=text) for text in texts}


def begin(page: Page) -> None:
    page.goto("/review_queue")
    page.get_by_role("textbox", name="Your name").fill("Somebody")
    page.keyboard.press("Enter")


def shown(page: Page) -> str:
    return page.locator(".text").inner_text()


def press(page: Page, key: str) -> None:
    expect(page.locator("section[data-fresh]")).to_have_count(0)
    page.keyboard.press(key)


@tenacity.retry(stop=tenacity.stop_after_attempt(3), retry=tenacity.retry_if_exception_type(AssertionError))
def label(page: Page, key: str, *, number: int) -> None:
    """Press a key twice for the n-th label, and again if it came while Streamlit put the page together again."""
    expect(page.locator("section[data-fresh]")).to_have_count(0)
    labelled = re.compile(f"^{number} labelled")
    if not labelled.match(page.get_by_role("status").inner_text()):
        page.evaluate(TWICE, key)
    expect(page.get_by_role("status")).to_have_text(labelled)


def test_by_keys_alone_no_label_is_lost_or_given_twice(page: Page, resources: Resources) -> None:
    predictions = predicted(resources, *map("review number {}".format, range(ALL)))
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/_stcore/stream", pass_on)
    begin(page)
    expect(page.locator(".text")).to_contain_text("review number", timeout=30_000)

    given: dict[str, str] = {}
    for number in range(1, ALL + 1):
        text, key = shown(page), KEYS[number % 2]
        label(page, key, number=number)
        given[text] = LABELS[key]
        if number in {50, 120}:
            sockets[-1].close()
    expect(page.get_by_role("status")).to_have_text(f"{ALL} labelled in this visit", timeout=30_000)

    assert given.keys() == predictions.keys()
    stored = {text: stored_feedback(resources, key, "reviewer") for text, key in predictions.items()}
    assert {text: one.label for text, one in stored.items()} == given
    assert {one.revision for one in stored.values()} == {1}
    assert len({one.rater for one in stored.values()}) == 1
    assert waiting(resources) == set()


def test_no_label_is_lost_when_the_server_of_the_pages_begins_again(api_url: str, resources: Resources) -> None:
    predictions = predicted(resources, *map("review number {}".format, range(12)))
    port = free_port()
    keys = {"API_URL": api_url, "API_KEY": API_KEY, "REVIEWERS_API_KEY": REVIEWERS_API_KEY}
    given: dict[str, str] = {}
    with chromium() as browser:
        page = browser.new_page(base_url=f"http://127.0.0.1:{port}")

        def label_some(numbers: range) -> None:
            for number in numbers:
                text, key = shown(page), KEYS[number % 2]
                press(page, key)
                expect(page.locator(".text")).not_to_have_text(text)
                given[text] = LABELS[key]

        with serving_pages(port, keys):
            begin(page)
            expect(page.locator(".text")).to_contain_text("review number", timeout=30_000)
            label_some(range(4))
            expect(page.get_by_role("status")).to_have_text(re.compile("^4 labelled in this visit[.]"))
        label_some(range(4, 7))  # nobody answers
        with serving_pages(port, keys):
            expect(page.get_by_role("status")).to_have_text(re.compile("^3 labelled in this visit[.]"), timeout=60_000)
            label_some(range(7, 11))
            press(page, "p")
            expect(page.get_by_role("status")).to_have_text("8 labelled in this visit")
    given |= dict.fromkeys(predictions.keys() - given.keys(), "positive")
    stored = {text: stored_feedback(resources, key, "reviewer") for text, key in predictions.items()}
    assert {text: one.label for text, one in stored.items()} == given
    assert {one.revision for one in stored.values()} == {1}


def test_a_label_is_undone_and_what_is_skipped_comes_last(page: Page, resources: Resources) -> None:
    predictions = predicted(resources, "first", HOSTILE, "third")
    begin(page)
    expect(page.locator(".text")).not_to_be_empty(timeout=30_000)
    expect(page.get_by_role("status")).to_have_text("0 labelled in this visit. 3 wait here.")
    texts = [shown(page)]
    press(page, "s")
    texts.append(shown(page))
    press(page, "n")
    press(page, "u")
    expect(page.locator(".said")).to_have_text("You said: negative.")
    press(page, "p")
    texts.append(shown(page))
    for of_others in ("Control+p", "r", "c", "Escape"):  # the browser's and Streamlit's
        press(page, of_others)
        assert shown(page) == texts[2]
    press(page, "n")
    assert shown(page) == texts[0]
    expect(page.get_by_role("status")).to_have_text("2 labelled in this visit. 1 waits here.")
    press(page, "n")

    expect(page.get_by_text("Nothing waits for a label.")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("3 labelled in this visit")
    assert sorted(texts) == sorted(predictions)
    assert page.title() == "Review queue - Sentiment Loop"
    stored = [stored_feedback(resources, predictions[text], "reviewer") for text in texts]
    assert [(one.label, one.revision) for one in stored] == [("negative", 1), ("positive", 2), ("negative", 1)]
