"""Tokens of a review, with their places in the original text: one piece of code for training and for serving.

Every step keeps the length of the text: a token's place in the folded text is its place in the original.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Japanese kana and Chinese characters: written without spaces, so that each is a token of its own."""


def _pattern(letter: str, others: str = "") -> re.Pattern[str]:
    """Return the pattern of a token, its group 1. No two parts match the same text: time grows with length alone.

    The space before a token and, first, the plain words are there for speed: searching does not begin anew at each
    space, and most tokens need neither a second try nor a step back.
    """
    return re.compile(
        rf" ?({letter}++(?!')"  # a plain word
        rf"|'?{letter}+(?:'{letter}+)*"  # with apostrophes; a leading one for texts split before: "do n't"
        r"|\d{1,4}"
        r"|[.,!?;:](?!['\-]?[()\[\]dp/|3](?!\w))"  # a mark, unless it begins an emoticon
        r"|[:;=]['\-]?[()\[\]dp/|3](?!\w)|<3"  # an emoticon
        rf"{others})"
    )


_TOKEN = _pattern(
    rf"[^\W\d_{_IDEOGRAPHS}]",
    rf"|[{_IDEOGRAPHS}\u2600-\u27bf\u2b50\U0001f300-\U0001faff\u3002\uff01\uff0c\uff1f]",  # and emoji
)
_ASCII_TOKEN = _pattern("[a-z]")
"""The same tokens of a text in ASCII, in two thirds of the time."""

_TAG = re.compile(r"</?[a-z!][^<>]{0,300}>")
_PLAIN_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u00b4\u02bc\uff07", "'"))


def fold(text: str) -> str:
    """Return the text in lower case, apostrophes plain and HTML tags blank, every character in its place."""
    folded = text.lower()
    if len(folded) != len(text):  # a few letters, such as the Turkish dotted I, grow when lowered
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
    """Yield the same tokens as `tokenize`, each with its start and end in the original text."""
    folded = fold(text)
    for match in (_ASCII_TOKEN if folded.isascii() else _TOKEN).finditer(folded):
        yield match.group(1), match.start(1), match.end(1)
