"""Features: negation, intensifiers, phrases, and the values of the lexicons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.model.features import VALUES, Lexicon, Reading, add_opinion, distinct_ngrams, norm, read, sums, values
from sentiment.model.lexicon import load_lexicon
from sentiment.model.negation import NEGATED
from sentiment.model.tokenizer import tokenize

LEXICON = Lexicon(
    {"good": (2.0, 1.0, 0.0), "bad": (-2.5, -1.0, -1.0), "waste": (0.0, 0.0, 0.0)}, {"waste": {"of": -3.0}}
)


def reading_of(text: str) -> Reading:
    return read(tokenize(text), LEXICON)


def value(text: str, name: str) -> float:
    reading = reading_of(text)
    return values(sums(reading), reading)[VALUES.index(name)]


def test_a_negator_reaches_five_tokens() -> None:
    assert reading_of("not a b c d good f").words == ["not", "~a", "~b", "~c", "~d", "~good", "f"]


@pytest.mark.parametrize("end", [".", ",", "!", " but", " however", ";"])
def test_a_negator_does_not_reach_beyond_its_clause(end: str) -> None:
    assert "good" in reading_of(f"not this{end} good").words


@pytest.mark.parametrize("negator", ["not", "never", "don't", "n't", "isn\u2019t", "without", "hardly"])
def test_negators_turn_an_opinion_around(negator: str) -> None:
    ((_, (vader, *_)),) = reading_of(f"{negator} good").opinions
    assert vader == pytest.approx(2.0 * NEGATED)


def test_an_intensifier_strengthens_and_a_downtoner_weakens() -> None:
    plain, strong, weak = (
        reading_of(text).opinions[0][1][0] for text in ("it is good", "is very good", "is slightly good")
    )
    assert weak < plain < strong


def test_a_phrase_is_an_opinion_without_any_opinion_word() -> None:
    assert reading_of("a waste of time").opinions == [(1, (0.0, 0.0, 0.0, -3.0))]


def test_neighbours_of_an_opinion_word_know_its_direction() -> None:
    assert {"very +", "+ phone"} <= distinct_ngrams(reading_of("very good phone"))
    assert {"not -", "- phone"} <= distinct_ngrams(reading_of("not good phone"))


def test_opinions_at_the_end_of_a_text_have_their_own_values() -> None:
    assert value("bad a b c d e f g h good", "vader_balance_end") > 0
    assert value("good a b c d e f g h bad", "vader_balance_end") < 0


def test_a_text_without_opinions_has_its_own_value() -> None:
    assert value("the box", "no_opinion") == 1.0
    assert value("good box", "no_opinion") == 0.0


def test_there_is_a_value_for_every_name() -> None:
    reading = reading_of("anything")
    assert len(values(sums(reading), reading)) == len(VALUES) == len(set(VALUES))


@given(st.lists(st.sampled_from(["good", "bad", "not", "very", "waste", "of", ".", "box", "!"]), max_size=40))
def test_taking_an_opinion_away_and_back_changes_nothing(tokens: list[str]) -> None:
    reading = read(tokens, LEXICON)
    total = sums(reading)
    before = values(total, reading)
    for place, valences in reading.opinions:
        at_end = place >= 0.7 * len(tokens)
        add_opinion(total, valences, at_end=at_end, times=-1.0)
        add_opinion(total, valences, at_end=at_end)
    assert values(total, reading) == pytest.approx(before)


@given(st.lists(st.sampled_from(["good", "bad", "not", "n't", "but", "waste", "of", ".", "box", "!"]), max_size=40))
def test_reading_leaves_the_tokens_as_they_are(tokens: list[str]) -> None:
    reading = read(tokens, LEXICON)
    assert reading.tokens == tokens
    assert [word.removeprefix("~") for word in reading.words] == tokens
    assert len(reading.pairs) == max(0, len(tokens) - 1)


def test_a_long_text_counts_each_ngram_less() -> None:
    assert norm(10) > norm(1000) > 0


def test_every_entry_of_the_lexicons_can_be_found_in_a_text() -> None:
    lexicon = load_lexicon()
    assert len(lexicon.words) > 9_000
    for word in lexicon.words:
        assert tokenize(word) == [word]
    assert set(lexicon.phrases) <= set(lexicon.words)
    for first, seconds in lexicon.phrases.items():
        for second in seconds:
            assert tokenize(f"{first} {second}") == [first, second]
    assert all(-4 <= valence <= 4 for valences in lexicon.words.values() for valence in valences)
