"""Tokens: what they are, their positions, and that finding them never takes long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.model.tokenizer import fold, token_spans, tokenize


def test_words_marks_and_emoticons_are_tokens() -> None:
    assert tokenize("I LOVE it! 5 stars :) <3") == ["i", "love", "it", "!", "5", "stars", ":)", "<3"]


@pytest.mark.parametrize("apostrophe", ["'", "\u2019", "\u2018", "\u00b4", "\u02bc"])
def test_every_apostrophe_makes_the_same_negation(apostrophe: str) -> None:
    assert tokenize(f"don{apostrophe}t") == ["don't"]


def test_pre_split_texts_keep_their_negation() -> None:
    assert tokenize("do n't") == ["do", "n't"]


def test_apostrophes_inside_and_before_a_word_belong_to_it() -> None:
    assert tokenize("rock'n'roll 'tis dogs' 'quoted' don''t '") == [
        *("rock'n'roll", "'tis", "dogs", "'quoted", "don", "'t"),
    ]


def test_html_tags_are_not_words_but_comparisons_stay() -> None:
    assert tokenize('good<br />bad <a href="x">ok</a>') == ["good", "bad", "ok"]
    assert tokenize("5 < 6 and 7 > 3") == ["5", "6", "and", "7", "3"]


def test_each_chinese_character_and_emoji_is_a_token() -> None:
    assert tokenize("很好👍👍ok") == ["很", "好", "👍", "👍", "ok"]


@given(st.text(max_size=300))
def test_spans_are_the_tokens_at_their_positions(text: str) -> None:
    spans = list(token_spans(text))
    assert [token for token, _, _ in spans] == tokenize(text)
    for token, start, end in spans:
        assert fold(text)[start:end] == token
        assert fold(text[start:end]) == token


@given(st.text(alphabet=st.characters(), max_size=100))
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text(alphabet=[chr(code) for code in range(128)], max_size=200))
def test_ascii_texts_have_the_same_tokens_beside_other_letters(text: str) -> None:
    assert [*tokenize(text + " "), "é"] == tokenize(text + " é")


def test_letters_that_grow_in_lowercase_move_nothing() -> None:
    text = "\u0130\u0130 GREAT"
    assert [text[start:end] for _, start, end in token_spans(text)] == ["\u0130\u0130", "GREAT"]


HOSTILE = ["<" * 10_000, "<a" * 5_000, "a'" * 5_000, "'" * 10_000, ":'" * 5_000, "a" * 10_000, ":-" * 5_000]
HOSTILE += [" " * 10_000, "a " * 5_000, "aa' " * 2_500]
HOSTILE += ["!" * 10_000, "<!" + "x" * 9_998, "\u0130" * 10_000, "\ud800" * 10_000, "\x00" * 10_000, "\u0301" * 10_000]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:4]))
def test_hostile_texts_take_time_proportional_to_their_length(text: str) -> None:
    def seconds(text: str) -> float:
        """Return the best of three, in CPU time: the machine may be busy."""
        times = []
        for _ in range(3):
            started = time.process_time()
            tokenize(text)
            times.append(time.process_time() - started)
        return min(times)

    # Quadratic matching would take 256 times as long for 16 times the text, and seconds rather than milliseconds.
    assert seconds(text * 16) < 100 * seconds(text) + 0.1
