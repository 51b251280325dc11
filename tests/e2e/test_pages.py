"""The web pages in a real browser, on the deployed loop."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from docs.take_screenshots import PAGES
from frontend.certainty import words_of
from tests.browser import chromium
from tests.e2e.loop import eventually
from tests.e2e.test_retraining import serve_a_weaker_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import WebSocket

    from tests.e2e.deployment import Deployment
    from tests.e2e.loop import Loop

Scheme = Literal["light", "dark"]
SMALL = 400
"""Pixels: the width of a telephone."""
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script> an excellent book"


@pytest.fixture
def page(deployment: Deployment, loop: Loop) -> Iterator[Page]:
    if not deployment.owns_emulator:
        pytest.skip("what the pages show does not depend on the emulator, and here it takes minutes more")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1400}, base_url=loop.outputs["frontend_url"])
        page.goto("")
        yield page


def predict(page: Page, text: str) -> None:
    page.get_by_label("Review", exact=True).fill(text)
    page.get_by_role("button", name="Predict").click()


def frames_of(page: Page) -> list[bytes]:
    """Return what the page receives from now on through its web sockets."""
    received: list[bytes] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(frame if isinstance(frame, bytes) else frame.encode()))

    page.on("websocket", listen)
    return received


def test_somebody_tries_the_model_and_changes_their_mind(loop: Loop, page: Page) -> None:
    predict(page, "An excellent book, I loved every page. The cover was a little scratched.")
    expect(page.get_by_role("heading", name="Positive, 9")).to_be_visible(timeout=30_000)
    expect(page.locator("mark.positive").first).to_be_visible()

    page.get_by_role("button", name="Right").dblclick()
    expect(page.get_by_text("Counted once: the review is positive.")).to_be_visible()
    page.get_by_role("button", name="Wrong").click()
    expect(page.get_by_text("Counted once: the review is negative, changed once.")).to_be_visible()

    given = [item for item in loop.items("FeedbackTable") if item["verdict"] == "down"]
    assert max(int(item["revision"]) for item in given) == 2


def test_markup_in_a_review_is_text(page: Page) -> None:
    predict(page, HOSTILE)
    expect(page.get_by_text("onerror=").last).to_be_visible(timeout=30_000)
    expect(page.locator("mark.positive").first).to_be_visible()

    assert page.title() == "Try it - Sentiment Loop"
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_usable_by_everybody_and_on_a_small_screen(loop: Loop, page: Page, name: str, scheme: Scheme) -> None:
    path, fill = PAGES[name]
    received = frames_of(page)
    page.emulate_media(color_scheme=scheme)
    page.goto(path)
    fill(page)

    for width in (1280, SMALL):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"]) for one in found if one["impact"] in {"serious", "critical"}] == []
        assert page.locator("[data-testid=stMain]").evaluate("main => main.scrollWidth - main.clientWidth") <= 0
    assert received
    for key in (loop.api_key, loop.outputs["reviewers_api_key"]):
        assert key.encode() not in b"".join(received), "it stays on the server"
        assert key not in page.content()


def test_words_light_up_while_one_types_as_the_api_says(loop: Loop, page: Page) -> None:
    text = "Not a good book: it fell apart, and I want my money back. The cover is nice."
    page.goto("live")
    page.get_by_label("Review", exact=True).press_sequentially(text, timeout=30_000)

    predicted = loop.predict(text)
    expect(page.get_by_role("heading", level=2)).to_have_text(
        words_of(predicted["label"], predicted["probability"]).capitalize()
    )
    shown = page.locator("mark").evaluate_all("marks => marks.map((mark) => mark.firstChild.textContent)")
    assert sorted(shown) == sorted(word["text"] for word in predicted["words"])


def test_a_file_is_predicted_and_taken_away(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text('text,page\n"An excellent book, I loved every page.",1\n"",2\n"=1+1 awful, a waste of money",3\n')
    page.goto("many_reviews")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Predict all").click(timeout=30_000)
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="Download CSV").click(timeout=60_000)

    with download.value.path().open(newline="", encoding="utf-8-sig") as taken:
        rows = {int(row["row"]): row for row in csv.DictReader(taken)}
    assert [rows[number]["label"] for number in sorted(rows)] == ["positive", "", "negative"]
    assert rows[2]["problem"]
    assert rows[3]["text"].startswith("'=")


def test_a_retraining_is_started_and_followed_to_its_promotion(loop: Loop, page: Page, tmp_path: Path) -> None:
    serve_a_weaker_version(loop, tmp_path)
    page.goto("retrain")
    page.get_by_text("Train even if nothing is new").click()
    page.get_by_role("button", name="Start a retraining").dblclick()
    expect(page.get_by_role("heading", name="The retraining that runs now")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="The last retraining")).to_be_visible(timeout=240_000)
    expect(page.get_by_role("heading", name="What the gate decided")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("was promoted").first).to_be_visible()


def test_production_is_rolled_back_by_a_button(loop: Loop, page: Page) -> None:
    loop.run("-m", "training", "run", "--promote", "--force")
    page.goto("models")
    roll_back = page.get_by_role("button", name="Roll back to version")
    before = roll_back.inner_text(timeout=60_000).split()[-1]
    roll_back.click()
    page.get_by_role("button", name=f"Serve version {before}").dblclick()
    expect(page.get_by_role("heading", name=f"In production: version {before}")).to_be_visible(timeout=30_000)

    def answers() -> None:
        assert str(loop.call("GET", "/model").body["model_version"]) == before

    eventually(answers, within_s=60)
