"""Reviews of 4,000 words, and the longest texts that the API accepts, sent to the deployed API."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from sentiment.schemas.api import MAX_BATCH, MAX_TEXT
from tests.long_reviews import HOSTILE, chinese, english, english_of_short_words, filled

if TYPE_CHECKING:
    from tests.e2e.loop import Loop

QUICK_S = 2.0
"""Many times as long as the slowest takes on an idle machine."""
FUNCTION_TIMEOUT_S = 25.0
LARGEST_ANSWER = 6 * 1024 * 1024
"""Lambda's limit in bytes."""


@pytest.mark.parametrize("label", ["positive", "negative"])
def test_a_chinese_review_of_4000_words_is_predicted_correctly(loop: Loop, label: str) -> None:
    answer = loop.predict(chinese(label))
    assert answer["label"] == label
    assert answer["words"]


def test_an_english_review_of_4000_short_words_is_predicted_correctly(loop: Loop) -> None:
    answer = loop.predict(english_of_short_words())
    assert answer["label"] == "negative"
    assert answer["words"]


def test_an_english_review_of_4000_words_is_refused_with_what_to_send(loop: Loop) -> None:
    review = english("negative")
    assert 20_000 < len(review) < 24_000
    answer = loop.call("POST", "/predict", {"text": review})
    assert answer.status == 422
    message = answer.body["error"]["message"]
    assert f"{len(review):,} characters" in message
    assert "10,000 are allowed" in message
    assert "title and its end" in message


def test_the_title_and_the_end_of_a_long_review_are_predicted_correctly(loop: Loop) -> None:
    for label in ("positive", "negative"):
        assert loop.predict(english(label)[-9_000:])["label"] == label


def test_exactly_10000_characters_are_answered_and_one_more_is_not(loop: Loop) -> None:
    longest = filled("It broke. ", MAX_TEXT - 1) + "!"
    assert loop.predict(longest)["label"] == "negative"
    refused = loop.call("POST", "/predict", {"text": longest + "!"})
    assert refused.status == 422
    assert "10,001 characters" in refused.body["error"]["message"]


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_10000_characters_of_any_kind_are_answered_quickly(loop: Loop, unit: str) -> None:
    text = filled(unit)
    started = time.monotonic()
    answer = loop.call("POST", "/predict", {"text": text.strip()})
    assert time.monotonic() - started < QUICK_S
    assert answer.status == 200


@pytest.mark.parametrize("unit", ["emoji", "one long word"])
def test_100_of_the_longest_texts_are_answered_in_time(loop: Loop, unit: str) -> None:
    body = json.dumps({"texts": [filled(HOSTILE[unit])] * MAX_BATCH}, ensure_ascii=False).encode()
    started = time.monotonic()
    answer = loop.call("POST", "/predict/batch", body)
    assert time.monotonic() - started < FUNCTION_TIMEOUT_S
    assert answer.status == 200
    assert len(answer.body) == MAX_BATCH
    assert len(json.dumps(answer.body)) < LARGEST_ANSWER
