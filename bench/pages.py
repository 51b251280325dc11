"""The pages of a running loop in a real browser: the first paint of a new visitor, and a key's way to the screen."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

VISITORS = 5
KEYS = 150
_NO_FRAMES = ("--disable-frame-rate-limit", "--disable-gpu-vsync")
"""Paint at once, instead of at the display's next frame."""
_PAINTED = """
() => {
  window.painted = [];
  window.addEventListener("input", (event) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.painted.push(performance.now() - event.timeStamp);
    requestAnimationFrame(() => channel.port2.postMessage(null));  // comes after that frame is painted
  }, true);
}
"""


def first_paints_s(url: str) -> list[float]:
    """Return how long visitors whose browser has nothing of the pages wait until they can type a review."""
    with chromium() as browser:
        return [_first_paint_s(browser, url) for _ in range(VISITORS)]


def _first_paint_s(browser: Browser, url: str) -> float:
    context = browser.new_context()
    page = context.new_page()
    started = time.perf_counter()
    page.goto(url)
    page.get_by_label("Review", exact=True).wait_for()
    elapsed_s = time.perf_counter() - started
    context.close()
    return elapsed_s


def key_to_paint_ms(url: str, text: str) -> list[float]:
    """Return how long each key takes on the page on which words light up, while the end of a text is typed."""
    with chromium(*_NO_FRAMES) as browser:
        page = browser.new_page()
        page.goto(f"{url}/live")
        field = page.get_by_label("Review", exact=True)
        field.fill(text[:-KEYS])
        page.locator("mark").first.wait_for()
        return _painted_ms(page, field, text[-KEYS:])


def key_to_paint_of_a_bare_field_ms(text: str) -> list[float]:
    """Return how long each key takes in a text field with nothing behind it."""
    with chromium(*_NO_FRAMES) as browser:
        page = browser.new_page()
        page.set_content("<textarea></textarea>")
        return _painted_ms(page, page.locator("textarea"), text[-KEYS:])


def reviews_by_length() -> list[str]:
    """Return the texts of the sample, the shortest first."""
    return sorted((review.full_text for review in load_sample()), key=len)


def _painted_ms(page: Page, field: Locator, typed: str) -> list[float]:
    page.evaluate(_PAINTED)
    field.press_sequentially(typed)
    page.wait_for_function(f"() => window.painted.length >= {len(typed)}")
    return list(page.evaluate("() => window.painted"))


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Run Debian's Chromium, or another that this machine has."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise FileNotFoundError("there is no Chromium: install it (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *flags])
        yield browser
        browser.close()
