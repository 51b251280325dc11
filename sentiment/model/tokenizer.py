"""Tokens of a review with their positions in the original text, for training and serving.

Every step keeps the length of the text: a token's position in the folded text is its position in the original.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sentiment.reviews.symbols import EYES, HEART, MOUTH, NOSE, TAG

if TYPE_CHECKING:
    from collections.abc import Iterator

IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Japanese kana and Chinese characters: written without spaces, so each one is a token."""
SYMBOLS = "\u2600-\u27bf\u2b50\U0001f300-\U0001faff\u3002\uff01\uff0c\uff1f"
"""Emoji and Chinese marks: each one is a token."""
APOSTROPHES = "\u2019\u2018\u00b4\u02bc\uff07"
"""Taken for the plain one."""


def _pattern(letter: str, others: str = "") -> re.Pattern[str]:
    """Return the pattern of a token, as group 1. No two parts match the same text, so that time is linear in length.

    The space before a token and putting plain words first are for speed: the search does not restart at each space, and
    most tokens need neither a second try nor backtracking.
    """
    return re.compile(
        rf" ?({letter}++(?!')"  # a plain word
        rf"|'?{letter}+(?:'{letter}+)*"  # with apostrophes; a leading one for pre-split texts: "do n't"
        r"|\d{1,4}"
        rf"|[.,!?;:](?!{NOSE}{MOUTH})"  # a mark that does not start an emoticon
        rf"|{EYES}{NOSE}{MOUTH}|{HEART}"  # an emoticon
        rf"{others})"
    )


_TOKEN = _pattern(
    rf"[^\W\d_{IDEOGRAPHS}]",
    rf"|[{IDEOGRAPHS}{SYMBOLS}]",
)
_ASCII_TOKEN = _pattern("[a-z]")
"""Matches the same tokens in ASCII texts, in two thirds of the time."""

_TAG = re.compile(TAG)
_PLAIN_APOSTROPHES = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))


def fold(text: str) -> str:
    """Return the text in lowercase, with plain apostrophes and blanked HTML tags, and of the same length."""
    folded = text.lower()
    if len(folded) != len(text):  # some letters, such as the Turkish dotted I, become longer
        folded = "".join(lowered if len(lowered := char.lower()) == 1 else char for char in text)
    if not folded.isascii():
        folded = folded.translate(_PLAIN_APOSTROPHES)
    if "<" in folded:
        folded = _TAG.sub(lambda tag: " " * len(tag.group()), folded)
    return folded


def tokenize(text: str) -> list[str]:
    """Return the tokens of a text, in order."""
    folded = fold(text)
    return (_ASCII_TOKEN if folded.isascii() else _TOKEN).findall(folded)


def token_spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the tokens of `tokenize`, each with its start and end in the original text."""
    folded = fold(text)
    for match in (_ASCII_TOKEN if folded.isascii() else _TOKEN).finditer(folded):
        yield match.group(1), match.start(1), match.end(1)
