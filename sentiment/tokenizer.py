"""Tokens of a review, with their places in the original text: one piece of code for training and for serving.

Every step keeps the length of the text, so that a token's place in the folded text is its place in the original.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]+(?:'[^\W\d_\u3040-\u30ff\u3400-\u9fff]+)*"
_EMOTICON = r"[:;=]['\-]?[()\[\]dpo/|3](?!\w)|<3"
_TOKEN = re.compile(
    rf"'?{_WORD}|\d{{1,4}}|[.,!?;:]|{_EMOTICON}|[\u3040-\u30ff\u3400-\u9fff\u2600-\u27bf\U0001f300-\U0001faff]"
)
_TAG = re.compile(r"</?[a-z!][^<>]{0,300}>")
_BLANKED = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})


def fold(text: str) -> str:
    """Return the text in lower case with plain apostrophes and without HTML tags, every character in its place."""
    folded = text.lower()
    if len(folded) != len(text):  # a few letters, such as the Turkish dotted I, grow when lowered
        folded = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
    if not folded.isascii():
        folded = folded.translate(_BLANKED)
    if "<" in folded:
        folded = _TAG.sub(lambda tag: " " * len(tag.group()), folded)
    return folded


def tokenize(text: str) -> list[str]:
    """Return the tokens of a text, in order."""
    return _TOKEN.findall(fold(text))


def token_spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield the same tokens as `tokenize`, each with its start and end in the original text."""
    for match in _TOKEN.finditer(fold(text)):
        yield match.group(), match.start(), match.end()
