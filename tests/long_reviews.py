"""Reviews of 4,000 words, and texts of 10,000 characters that are none."""

from __future__ import annotations

import random

from sentiment.reviews.sample import load_sample
from sentiment.schemas.api import MAX_TEXT

WORDS = 4_000
CHINESE_CHARACTERS_A_WORD = 1.625
"""In running text, punctuation among them."""

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
_SAID = {
    "positive": ["很好", "非常满意", "让我很喜欢", "特别好用", "比我想的还要好", "值得购买", "质量不错"],
    "negative": ["很差", "让我很失望", "太糟糕了", "用了两天就坏了", "不值这个价", "我要退货", "有很多问题"],
}
_NEITHER = ["我是上个月在网上买的。", "家里人每天都用。", "先说一下使用的过程。", "我把它放在客厅的桌子上。"]

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
    "beginnings of tags": "<a",
    "beginnings of emoticons": ":-",
    "letters that grow when lowered": "\u0130",
    "directions": "\u202e",
    "zeros": "\x00",
    "negators": "not ",
    "negated opinions": "not good ",
    "Chinese opinions": "不好",
}
"""Units that a text of any length is made of."""


def chinese(label: str) -> str:
    """Return a review of 4,000 words: seven sentences of ten say what the label does."""
    choices = random.Random(0)
    sentences: list[str] = []
    while sum(map(len, sentences)) < WORDS * CHINESE_CHARACTERS_A_WORD:
        opinion = f"{choices.choice(_ASPECTS)}{choices.choice(_SAID[label])}。"
        sentences.append(opinion if choices.random() < 0.7 else choices.choice(_NEITHER))
    return "".join(sentences)


def english(label: str) -> str:
    """Return 4,000 words of real reviews with a label: some 22,000 characters."""
    said = [review.full_text for review in load_sample() if review.label == label and len(review.text) > 150]
    return " ".join(" ".join(said).split()[:WORDS])


def english_of_short_words() -> str:
    """Return a negative review of 4,000 words, so short that 10,000 characters hold them."""
    return " ".join(("A bad TV a 0 / 5 I am at a 0 & I go " * WORDS).split()[:WORDS])


def filled(unit: str, length: int = MAX_TEXT) -> str:
    """Return a text of exactly this many characters."""
    return (unit * length)[:length]
