"""Serving agrees with the trained pipeline on any text, and shows the words that decided."""

import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.model.artifact import dump, load
from sentiment.model.explanation import MAX_WORDS
from sentiment.model.scorer import Scorer
from sentiment.model.trained import TrainedModel
from sentiment.reviews.review import Review


@pytest.fixture(scope="module")
def scorer(small_model: TrainedModel) -> Scorer:
    return Scorer(load(dump(small_model.artifact)))


def test_it_agrees_with_the_pipeline_on_every_review(
    scorer: Scorer, small_model: TrainedModel, few_reviews: list[Review]
) -> None:
    texts = [review.full_text for review in few_reviews]
    expected = small_model.pipeline.predict_proba(texts)[:, 1]
    predictions = [scorer.predict(text) for text in texts]
    assert np.abs(expected - [prediction.probability for prediction in predictions]).max() < 1e-6
    assert list(small_model.pipeline.predict(texts)) == [prediction.label for prediction in predictions]


def test_it_agrees_with_the_pipeline_on_any_text(scorer: Scorer, small_model: TrainedModel) -> None:
    @given(st.text(max_size=200))
    def agrees(text: str) -> None:
        prediction = scorer.predict(text)
        assert abs(small_model.pipeline.predict_proba([text])[0, 1] - prediction.probability) < 1e-6
        assert small_model.pipeline.predict([text])[0] == prediction.label

    agrees()


def test_words_are_spans_of_the_original_text_strongest_first(scorer: Scorer, few_reviews: list[Review]) -> None:
    for review in few_reviews:
        text = review.full_text
        words = scorer.predict(text).words
        assert len(words) <= MAX_WORDS
        assert [abs(word.weight) for word in words] == sorted((abs(word.weight) for word in words), reverse=True)
        for word in words:
            assert text[word.start : word.end] == word.text
        places = sorted((word.start, word.end) for word in words)
        assert all(end <= start for (_, end), (start, _) in pairwise(places))


@given(text=st.text(alphabet=st.sampled_from("good bad not İ\u2019<>'&;:)(!?.好不👍\u0301\ud83d\x00 \n"), max_size=80))
def test_words_are_spans_of_any_text(scorer: Scorer, text: str) -> None:
    prediction = scorer.predict(text)
    assert 0 <= prediction.probability <= 1
    assert prediction.probability == scorer.probability(text)
    assert (prediction.label == "positive") == (prediction.probability > 0.5)
    for word in prediction.words:
        assert text[word.start : word.end] == word.text


def test_a_negated_opinion_is_one_span(scorer: Scorer) -> None:
    (word, *_) = scorer.predict("This is not good").words
    assert word.text == "not good"
    assert word.weight < 0
    assert "never had any trouble" in [word.text for word in scorer.predict("I never had any trouble.").words]


@pytest.mark.parametrize("between", ["x" * 9_000, " " * 9_000])
def test_a_span_stays_short_whatever_it_contains(scorer: Scorer, between: str) -> None:
    assert {word.text for word in scorer.predict(f"not {between} good").words} <= {"not", "good"}


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "\ud800", "\u0301" * 50, "中华人民共和国", "مرحبا كيف حالك", "98769876", "§$%"]
)
def test_a_text_with_nothing_known_gets_no_words_and_no_certainty(scorer: Scorer, text: str) -> None:
    prediction = scorer.predict(text)
    assert prediction.words == []
    assert 0.25 < prediction.probability < 0.75


@pytest.mark.parametrize(
    "unit", ["good ", "not ", "<a ", "a'", "!", "not good but ", "\U0001f600", "好", "\ud800", "waste of "]
)
def test_any_ten_thousand_characters_take_bounded_time(scorer: Scorer, unit: str) -> None:
    text = (unit * 10_000)[:10_000]
    started = time.process_time()
    scorer.predict(text)
    assert time.process_time() - started < 0.5


def test_huge_weights_still_give_a_probability(small_model: TrainedModel) -> None:
    extreme = small_model.artifact._replace(intercept=-1e6)
    assert Scorer(extreme).predict("good").probability == pytest.approx(0.0)
    assert Scorer(extreme._replace(intercept=1e6)).predict("bad").probability == 1.0


def test_serving_imports_the_standard_library_only() -> None:
    root = str(Path(__file__).parents[4])
    script = (
        f"import sys; sys.path.insert(0, {root!r}); import sentiment.model.scorer, sentiment.model.artifact;"
        "names = {name.split('.')[0] for name in sys.modules};"
        "foreign = names - set(sys.stdlib_module_names) - {'sentiment', '__main__'};"
        "slow = names & {'dataclasses', 'inspect', 'asyncio', 'importlib.metadata'};"
        "sys.exit(f'{foreign} {slow}' if foreign or slow else 0)"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
