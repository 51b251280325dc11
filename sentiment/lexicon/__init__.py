"""Two opinion lexicons, as their authors publish them (see `ATTRIBUTION.md` beside this file).

Training reads them; an artifact carries what it needs of them, so serving does not.
"""

from __future__ import annotations

from importlib.resources import files

from sentiment.features import Lexicon
from sentiment.tokenizer import tokenize


def load_lexicon() -> Lexicon:
    """Return valence and polarity of every entry that is a single token of ours."""
    folder = files(__package__)
    vader: dict[str, float] = {}
    for line in folder.joinpath("vader.tsv").read_text("utf-8").splitlines():
        entry, valence = line.split("\t")
        vader[entry.lower()] = float(valence)
    hu_liu: dict[str, int] = {}
    for polarity, name in ((1, "hu_liu_positive.txt"), (-1, "hu_liu_negative.txt")):
        hu_liu |= dict.fromkeys(folder.joinpath(name).read_text("utf-8").splitlines(), polarity)
    entries = sorted(vader.keys() | hu_liu.keys())
    return {
        entry: (vader.get(entry, 0.0), hu_liu.get(entry, 0))
        for entry in entries
        if tokenize(entry) == [entry]
    }
