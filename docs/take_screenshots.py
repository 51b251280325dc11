#!/usr/bin/env python
"""`make screenshots`: pictures of every page of the running loop, light and dark, on a large and a small screen."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image
from playwright.sync_api import FilePayload

from bench.pages import chromium
from sentiment.reviews.held_out_sample import held_out_sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "screenshots"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZES = ((1280, 1000), (400, 1000))
HIGHEST = 4000
"""Pixels of a long page that are shown."""
COLOURS = 256
"""So many are enough for text and charts."""
REVIEW = "Not a good start: the strap broke after two days. But they sent a new one, and that works perfectly."
_SETTLED_MS = 2500
"""What Streamlit and the charts need after the last text has come."""


def _try_it(page: Page) -> None:
    page.get_by_label("Review", exact=True).fill(REVIEW)
    page.get_by_role("button", name="Predict").click()
    page.get_by_role("button", name="Right").click()
    page.get_by_text("Counted once").wait_for()


def _live(page: Page) -> None:
    page.get_by_label("Review", exact=True).press_sequentially(REVIEW)
    page.locator("mark").first.wait_for()


def _review_queue(page: Page) -> None:
    page.get_by_role("textbox", name="Your name").fill("Ann")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="Review to label").wait_for()


def _many_reviews(page: Page) -> None:
    texts = (REVIEW, *(review.full_text for review in held_out_sample()[:30]), "")
    lines = [json.dumps({"text": text}) for text in texts]
    file = FilePayload(name="reviews.jsonl", mimeType="application/jsonl", buffer="\n".join(lines).encode())
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Predict all").click()
    page.get_by_role("button", name="Download CSV").wait_for()


def _quality(page: Page) -> None:
    page.get_by_role("heading", name="Why did it move?").wait_for()
    page.locator("[data-testid=stVegaLiteChart]").first.wait_for()


def _models(page: Page) -> None:
    page.get_by_role("heading", name="In production: version").wait_for()


def _retrain(page: Page) -> None:
    page.get_by_role("heading", name="The last retraining").or_(page.get_by_text("no retraining yet")).first.wait_for()


PAGES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "try-it": ("", _try_it),
    "live": ("live", _live),
    "many-reviews": ("many_reviews", _many_reviews),
    "quality": ("quality", _quality),
    "models": ("models", _models),
    "retrain": ("retrain", _retrain),
    "review-queue": ("review_queue", _review_queue),
}
"""The address of each page, and what is done there before the picture is taken."""


def main() -> None:
    """Take the pictures."""
    url = json.loads((ROOT / ".local" / "outputs.json").read_text())["frontend_url"]
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        for name, (path, prepare) in PAGES.items():
            for scheme in SCHEMES:
                for width, height in SIZES:
                    page = browser.new_page(
                        base_url=url, viewport={"width": width, "height": height}, color_scheme=scheme
                    )
                    page.goto(path)
                    prepare(page)
                    page.wait_for_timeout(_SETTLED_MS)
                    for _ in range(2):  # charts are drawn when they come into sight
                        whole = page.locator("[data-testid=stMain]").evaluate("main => main.scrollHeight")
                        page.set_viewport_size({"width": width, "height": max(height, min(whole, HIGHEST))})
                        page.wait_for_timeout(_SETTLED_MS)
                    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
                    image.save(FOLDER / f"{name}-{scheme}-{width}.png", optimize=True)
                    page.close()


if __name__ == "__main__":
    main()
