"""The report shows review texts as text, whatever they contain, and is self-contained."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import pytest

from sentiment.evaluation.moved_words import MovedWord
from training.retraining.changes import charts
from training.retraining.changes.contents import category_of, flips_of, slices_of
from training.retraining.changes.page import Page, render
from training.runs.scoring import Predictions

HOSTILE = [
    "<script>alert(1)</script> it broke",
    "</td></table><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% include '/etc/passwd' %} $x^2$",
    '" onmouseover="alert(1)',
    "\u202eright to left\x00 and a \x1b[31m bell \x07",
    "so great " * 200,
    "الخدمة سيئة جدا 👎🏽 <!-- -->",
    "]]> &lt; &amp; javascript:alert(1)",
]
ROWS = 40


def page(outcome: str = "maintains") -> Page:
    texts = {f"review-{row}": HOSTILE[row % len(HOSTILE)] for row in range(ROWS)}
    sources = [f"<b>shop</b>/{'Garden_Tools' if row % 2 else 'Über & Co'}" for row in range(ROWS)]
    positive = np.array([row % 3 > 0 for row in range(ROWS)])
    after = np.where(np.arange(ROWS) % 5 > 0, positive, ~positive) * 0.8 + 0.1
    before = np.where(np.arange(ROWS) % 4 > 0, positive, ~positive) * 0.8 + 0.1
    predictions = Predictions(
        review_ids=list(texts),
        labels=["positive" if one else "negative" for one in positive],
        sources=sources,
        products=[None] * ROWS,
        probabilities={"candidate": after.tolist(), "production": before.tolist()},
        newer=[False] * ROWS,
    )
    found = slices_of(sources, positive, after, before)
    moves = [MovedWord("<i>fine</i> $a$", 1.2, 0.0, 12, 3, 1), MovedWord("great", 0.0, 1.5, 20, 0, 0)]
    intervals = [
        charts.Interval("macro-F1, production", -0.01, 0.002, 0.014, -0.02),
        charts.Interval("macro-F1, anchor", -0.05, -0.02, 0.01, -0.04),
    ]
    metrics = {"accuracy": 0.85, "precision": 0.9, "recall": 0.87, "f1": 0.883, "macro_f1": 0.842}
    return Page(
        run_id="manual__2026-11-23T03:00:00+00:00",
        made_at=datetime(2026, 11, 23, 3, 1, tzinfo=UTC),
        outcome=outcome,
        ending=f"No worse than production. {HOSTILE[0]}",
        candidate="8",
        production="7",
        anchor="1",
        metrics={"candidate": metrics, "production": metrics, "anchor": metrics},
        rules=[
            {"name": "f1 against production", "passed": True, "value": 0.002, "limit": 0.0},
            {"name": f"accuracy of source {sources[0]}", "passed": False, "value": -0.03, "limit": -0.02},
        ],
        held_out=ROWS,
        margin=0.02,
        detectable=0.018,
        data={"Window": "2026-08-25 to 2026-11-23", "Sources": HOSTILE[1]},
        sources=found,
        categories=slices_of([category_of(source) for source in sources], positive, after, before),
        products=[],
        words=moves,
        flips=flips_of(predictions, after.tolist(), before.tolist(), texts),
        charts={
            "differences": charts.differences(intervals),
            "slices": charts.slices(found),
            "words": charts.words(moves),
        },
    )


class Seen(HTMLParser):
    """The page as a browser parses it: elements, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.declared = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_decl(self, decl: str) -> None:
        self.declared = decl


@pytest.fixture(scope="module")
def seen() -> Seen:
    parser = Seen()
    parser.feed(render(page()))
    return parser


def test_review_texts_stay_text(seen: Seen) -> None:
    assert not {"script", "iframe", "object", "b", "i"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    for said in ("<script>alert(1)</script> it broke", "{{ 7 * 7 }} {% include '/etc/passwd' %} $x^2$", "<b>shop</b>"):
        assert said in seen.text
    assert "\x00" not in seen.text
    assert "\x1b" not in seen.text


def test_a_word_is_shown_with_the_raters_and_clients_behind_it() -> None:
    cells = re.findall(r"<t[hd](?:| [^>]*)>(.*?)</t[hd]>", render(page()))
    heading, word = cells.index("word"), cells.index("<bdi>&lt;i&gt;fine&lt;/i&gt; $a$</bdi>")

    assert cells[heading + 4 : heading + 7] == ["training reviews", "raters", "clients"]
    assert cells[word + 4 : word + 7] == ["12", "3", "1"]


def test_the_page_is_self_contained(seen: Seen) -> None:
    values = [value or "" for name, value in seen.attributes if name in {"src", "href"}]
    assert values
    assert all(value.startswith(("data:image/png;base64,", "#")) for value in values)
    assert seen.tags.count("img") == 3
    assert any("default-src 'none'" in (value or "") for _, value in seen.attributes)


def test_the_page_can_be_read_without_seeing_it(seen: Seen) -> None:
    assert seen.declared == "doctype html"
    assert ("lang", "en") in seen.attributes
    assert seen.tags.count("h1") == 1
    alternatives = [value for name, value in seen.attributes if name == "alt"]
    assert len(alternatives) == 3
    assert all(alternatives)
    assert seen.tags.count("th") == len([name for name, _ in seen.attributes if name == "scope"])
    anchors = {value for name, value in seen.attributes if name == "id"}
    assert {value for name, value in seen.attributes if name == "href"} == {f"#{anchor}" for anchor in anchors}


def test_flips_are_counted_and_the_clearest_shown_with_their_truth() -> None:
    found = page().flips
    assert found is not None
    assert (found.fixed_count, found.broken_count) == (8, 6)
    assert {flip.truth for flip in [*found.fixed, *found.broken]} == {"positive", "negative"}
    for flip in found.fixed:
        assert (flip.after > 0.5) == (flip.truth == "positive")
    assert all(len(flip.text) <= 400 for flip in found.fixed)


def test_a_category_is_what_follows_the_slash() -> None:
    assert category_of("amazon_2023/All_Beauty") == "All Beauty"
    assert category_of("sample") == "not known"
