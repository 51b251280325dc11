"""A text is repeated if the same version has predicted it lately, and memory stays bounded."""

from __future__ import annotations

from lambdas.inference.repeated_texts import MOST_TEXTS, RepeatedTexts


def test_a_text_is_repeated_once_its_version_has_predicted_it() -> None:
    texts = RepeatedTexts()
    asked = [("great", "1"), ("great", "1"), ("great", "2"), ("poor", "2"), ("great", "2")]
    assert [texts.is_repeated(*one) for one in asked] == [False, True, False, False, True]


def test_of_many_texts_those_that_were_seen_longest_ago_are_forgotten() -> None:
    texts = RepeatedTexts()
    for number in range(MOST_TEXTS):
        texts.is_repeated(str(number), "1")
    texts.is_repeated("0", "1")
    texts.is_repeated("one more", "1")
    assert texts.is_repeated("0", "1")
    assert not texts.is_repeated("1", "1")
