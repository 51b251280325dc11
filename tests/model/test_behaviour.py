"""The model of the built-in sample gets right what any sentiment model must, and predicts unusual texts sensibly."""

import pytest

from sentiment.evaluation.behaviour import BLAME, CHECKS, CHINESE_BLAME, CHINESE_PRAISE, PRAISE, Check
from sentiment.model.scorer import Scorer


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_the_model_passes(scorer: Scorer, check: Check) -> None:
    assert check.passes(scorer)


@pytest.mark.parametrize("text", [*CHINESE_PRAISE, *CHINESE_BLAME])
def test_words_decide_in_chinese_too(scorer: Scorer, text: str) -> None:
    assert scorer.predict(text).words


def test_right_to_left_marks_around_english_change_nothing(scorer: Scorer) -> None:
    assert scorer.predict("\u202bgreat product, love it\u202c").label == "positive"


def test_a_script_tag_is_not_a_word(scorer: Scorer) -> None:
    answer = scorer.predict("<script>alert('great')</script> It broke, terrible.")
    assert answer.label == "negative"
    assert not any("script" in word.text for word in answer.words)


def test_the_words_shown_speak_for_the_label(scorer: Scorer) -> None:
    for texts, sign in ((PRAISE, 1), (BLAME, -1)):
        for text in texts:
            assert sum(word.weight for word in scorer.predict(text).words) * sign > 0
