"""How sure a prediction is: in words, and as a bar with the zone in which it is better not trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from frontend.predicted import Predicted
    from sentiment.reviews.review import Label

Outcome = Literal["positive", "undecided", "negative"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

LEAST_SURE = 0.7
"""Below, at least three of ten such predictions are wrong: the probabilities are calibrated."""
MOST_SHOWN = 0.995
"""Nobody should read 100 %."""

STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def outcome(label: Label, probability: float) -> Outcome:
    """Return what a label and its probability of positive come to."""
    return "undecided" if max(probability, 1 - probability) < LEAST_SURE else label


def in_words(prediction: Predicted) -> str:
    """Return how sure a prediction is, such as `positive, 88 % sure` or `undecided (54 % positive)`."""
    return words_of(prediction.label, prediction.probability)


def words_of(label: Label, probability: float) -> str:
    """Return the same of a label and its probability of positive."""
    sure = max(probability, 1 - probability)
    if outcome(label, probability) == "undecided":
        return f"undecided ({100 * probability:.0f} % positive)"
    percent = "more than 99" if sure > MOST_SHOWN else f"{100 * sure:.0f}"
    return f"{label}, {percent} % sure"


def bar(prediction: Predicted) -> str:
    """Return the probability of positive as HTML: a mark on a scale, where the uncertain zone is hatched."""
    percent = 100 * prediction.probability
    low, high = 100 * (1 - LEAST_SURE), 100 * LEAST_SURE
    return (
        f"<style>{STYLE}</style>"
        f"<div class='certainty' role='img' aria-label='{percent:.0f} % positive; between {low:.0f} % and "
        f"{high:.0f} % the model is not sure'><span aria-hidden='true'>negative</span>"
        f"<span class='scale' aria-hidden='true'><span class='zone' style='left: {low:.0f}%; width: {high - low:.0f}%'>"
        f"</span><span class='marker' style='left: {percent:.1f}%'></span></span>"
        "<span aria-hidden='true'>positive</span></div>"
    )
