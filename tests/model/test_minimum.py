"""What any sentiment model must get right, and sensible predictions for unusual texts."""

import pytest

from sentiment.model.scorer import Scorer

POSITIVE = [
    "Great product!",
    "I love this.",
    "Works perfectly, exactly as described.",
    "Best purchase I have made this year.",
    "My kids adore it and so do I.",
    "Beautiful, sturdy and cheap. What more could you want?",
    "A wonderful story, I couldn't put it down.",
    "Can't go wrong at this price.",
    "Five stars.",
    "Yummy!",
]
NEGATIVE = [
    "Terrible product.",
    "I hate this.",
    "Stopped working after a week.",
    "Do not buy this junk.",
    "Complete waste of money.",
    "Arrived broken, and customer service was rude.",
    "Boring and predictable. I gave up after fifty pages.",
    "One star.",
    "I want a refund.",
    "Tastes awful.",
]


@pytest.mark.parametrize("text", POSITIVE)
def test_plain_praise_is_positive(scorer: Scorer, text: str) -> None:
    assert scorer.predict(text).label == "positive"


@pytest.mark.parametrize("text", NEGATIVE)
def test_plain_blame_is_negative(scorer: Scorer, text: str) -> None:
    assert scorer.predict(text).label == "negative"


@pytest.mark.parametrize(
    "text", ["这个产品很好，我很喜欢。", "质量不错，推荐购买", "非常满意，下次还会回购", "非常好", "特别好用", "好吃！"]
)
def test_praise_in_chinese_is_positive(scorer: Scorer, text: str) -> None:
    answer = scorer.predict(text)
    assert answer.label == "positive"
    assert answer.words


@pytest.mark.parametrize(
    "text", ["质量太差了，用了两天就坏了，退货！", "很不满意", "不喜欢，不推荐", "垃圾，浪费钱", "我不喜歡這個產品"]
)
def test_blame_in_chinese_is_negative(scorer: Scorer, text: str) -> None:
    answer = scorer.predict(text)
    assert answer.label == "negative"
    assert answer.words


@pytest.mark.parametrize(
    "text",
    [
        "这本书是蓝色的。",
        "これは青い箱です",
        "هذا الصندوق أزرق",
        "הקופסה כחולה",
        "Коробка синяя",
        "이 상자는 파란색입니다",
        "🚚📦",
        "12345",
        "...",
    ],
)
def test_a_text_that_the_model_cannot_read_gets_no_certainty(scorer: Scorer, text: str) -> None:
    assert 0.3 < scorer.predict(text).probability < 0.7


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("😍😍😍", "positive"),
        ("👍", "positive"),
        ("👎", "negative"),
        ("😡🤮", "negative"),
        (":)", "positive"),
        (":(", "negative"),
        ("⭐⭐⭐⭐⭐", "positive"),
    ],
)
def test_emoji_alone_are_understood(scorer: Scorer, text: str, label: str) -> None:
    assert scorer.predict(text).label == label


def test_right_to_left_marks_around_english_change_nothing(scorer: Scorer) -> None:
    assert scorer.predict("\u202bgreat product, love it\u202c").label == "positive"


def test_a_script_tag_is_not_a_word(scorer: Scorer) -> None:
    answer = scorer.predict("<script>alert('great')</script> It broke, terrible.")
    assert answer.label == "negative"
    assert not any("script" in word.text for word in answer.words)


def test_the_words_shown_speak_for_the_label(scorer: Scorer) -> None:
    for texts, sign in ((POSITIVE, 1), (NEGATIVE, -1)):
        for text in texts:
            assert sum(word.weight for word in scorer.predict(text).words) * sign > 0
