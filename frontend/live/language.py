"""What the scorer in JavaScript has to know of words, besides the artifact: from where Python's scorer has it."""

from __future__ import annotations

from typing import Any

from sentiment.model import explanation, features
from sentiment.model.negation import CLAUSE_ENDS, INTENSIFIERS, NEGATED, NEGATION_SCOPE, NEGATORS
from sentiment.model.tokenizer import APOSTROPHES, IDEOGRAPHS, SYMBOLS
from sentiment.reviews.symbols import EYES, HEART, MOUTH, NOSE, TAG


def language() -> dict[str, Any]:
    """Return the second argument of `Scorer` in `scorer.js`, for JSON."""
    return {
        "values": features.VALUES,
        "negators": sorted(NEGATORS),
        "clause_ends": sorted(CLAUSE_ENDS),
        "intensifiers": INTENSIFIERS,
        "negation_scope": NEGATION_SCOPE,
        "negated": NEGATED,
        "end": features.END,
        "silent": sorted(explanation.SILENT),
        "shown": {
            "max_words": explanation.MAX_WORDS,
            "min_weight": explanation.MIN_WEIGHT,
            "min_share": explanation.MIN_SHARE,
            "max_span": explanation.MAX_SPAN,
        },
        "apostrophes": APOSTROPHES,
        "ideographs": IDEOGRAPHS,
        "symbols": SYMBOLS,
        "tag": TAG,
        "eyes": EYES,
        "nose": NOSE,
        "mouth": MOUTH.replace(r"\w", r"[\p{L}\p{N}_]"),  # JavaScript's \w is ASCII alone
        "heart": HEART,
    }
