"""The opinion lexicons; `ATTRIBUTION.md` says who made them.

Training reads them. An artifact has its own copy, so that serving does not read them.
"""

from __future__ import annotations

from importlib.resources import files

from sentiment.model.features import Lexicon
from sentiment.model.tokenizer import tokenize


def load_lexicon() -> Lexicon:
    """Return all entries that are one token, and the shopping lexicon's phrases of two tokens."""
    vader = _table("vader.tsv")
    hu_liu = dict.fromkeys(_lines("hu_liu_positive.txt"), 1.0)
    hu_liu |= dict.fromkeys(_lines("hu_liu_negative.txt"), -1.0)
    shopping: dict[str, float] = {}
    phrases: dict[str, dict[str, float]] = {}
    for entry, valence in (*_table("shopping.tsv").items(), *_table("chinese.tsv").items()):
        tokens = tokenize(entry)
        if len(tokens) == 1:
            shopping[entry] = valence
        else:
            first, second = tokens
            phrases.setdefault(first, {})[second] = valence
    emoji = _table("emoji.tsv")
    entries = [entry for entry in sorted({*vader, *hu_liu, *shopping}) if tokenize(entry) == [entry]]
    words = {entry: (vader.get(entry, 0.0), hu_liu.get(entry, 0.0), shopping.get(entry, 0.0)) for entry in entries}
    # No training set here has enough emoji to learn from, so an emoji's valence counts in all three lexicons.
    words |= {entry: (valence, 1.0 if valence > 0 else -1.0, valence) for entry, valence in emoji.items()}
    for first in sorted(phrases):
        words.setdefault(first, (0.0, 0.0, 0.0))
    return Lexicon(words=words, phrases=phrases)


def _table(name: str) -> dict[str, float]:
    rows = (line.split("\t") for line in _lines(name))
    return {entry.lower(): float(valence) for entry, valence in rows}


def _lines(name: str) -> list[str]:
    return files(__package__).joinpath(name).read_text("utf-8").splitlines()
