"""Reviews of 4,000 words, and hostile texts of 10,000 characters."""

from __future__ import annotations

import random

from sentiment.reviews.sample import load_sample
from sentiment.schemas.api import MAX_TEXT

WORDS = 4_000
CHINESE_CHARACTERS_PER_WORD = 1.625
"""In running text, including punctuation."""

_ASPECTS = [
    "屏幕",
    "声音",
    "电池",
    "做工",
    "包装",
    "客服",
    "物流",
    "手感",
    "颜色",
    "尺寸",
    "材质",
    "价格",
    "外观",
    "味道",
    "说明书",
]
_OPINIONS = {
    "positive": ["很好", "非常满意", "让我很喜欢", "特别好用", "比我想的还要好", "值得购买", "质量不错"],
    "negative": ["很差", "让我很失望", "太糟糕了", "用了两天就坏了", "不值这个价", "我要退货", "有很多问题"],
}
_NEUTRAL = ["我是上个月在网上买的。", "家里人每天都用。", "先说一下使用的过程。", "我把它放在客厅的桌子上。"]

HOSTILE = {
    "one long word": "x",
    "one long number": "1",
    "full stops": ".",
    "marks": "!?.,;:",
    "apostrophes": "'",
    "apostrophes and letters": "a''",
    "combining marks": "\u0301",
    "letters with combining marks": "e\u0301",
    "emoji": "\U0001f600",
    "joined emoji": "\U0001f468\u200d\U0001f469\u200d",
    "starts of tags": "<a",
    "starts of emoticons": ":-",
    "letters that are longer in lowercase": "\u0130",
    "text directions": "\u202e",
    "zeros": "\x00",
    "negators": "not ",
    "negated opinions": "not good ",
    "Chinese opinions": "不好",
}
"""Units that are repeated to a text of any length."""


def chinese(label: str) -> str:
    """Return a review of 4,000 words, of whose sentences seven in ten express the label."""
    choices = random.Random(0)
    sentences: list[str] = []
    while sum(map(len, sentences)) < WORDS * CHINESE_CHARACTERS_PER_WORD:
        opinion = f"{choices.choice(_ASPECTS)}{choices.choice(_OPINIONS[label])}。"
        sentences.append(opinion if choices.random() < 0.7 else choices.choice(_NEUTRAL))
    return "".join(sentences)


def english(label: str) -> str:
    """Return 4,000 words of real reviews with a label, about 22,000 characters."""
    texts = [review.full_text for review in load_sample() if review.label == label and len(review.text) > 150]
    return " ".join(" ".join(texts).split()[:WORDS])


def english_of_short_words() -> str:
    """Return a negative review of 4,000 words that are short enough for 10,000 characters."""
    return " ".join(("A bad TV a 0 / 5 I am at a 0 & I go " * WORDS).split()[:WORDS])


def filled(unit: str, length: int = MAX_TEXT) -> str:
    """Return a text of exactly this many characters."""
    return (unit * length)[:length]
