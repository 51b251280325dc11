"""What the live page says of a prediction and how it marks words: from where the page "Try it" has it."""

from __future__ import annotations

from typing import Any

from frontend import certainty, highlighted_text


def wording() -> dict[str, Any]:
    """Return the last argument of the functions in `wording.js`, for JSON."""
    return {
        "least_sure": certainty.LEAST_SURE,
        "most_shown": certainty.MOST_SHOWN,
        "legend": certainty.LEGEND,
        "strong": highlighted_text.STRONG,
        "faintest": highlighted_text.FAINTEST,
        "full": highlighted_text.FULL,
        "no_word": highlighted_text.NO_WORD,
        "numbers": highlighted_text.NUMBERS,
        "sum": highlighted_text.SUM,
        "others": highlighted_text.OTHERS,
    }
