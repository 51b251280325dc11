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
"""Nobody should read 100 %, nor 0 %."""

LEGEND = f"Hatched: undecided ({100 * (1 - LEAST_SURE):.0f} to {100 * LEAST_SURE:.0f} %)"
STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def outcome(label: Label, probability: float) -> Outcome:
    """Return what a label and its probability of positive come to."""
    return "undecided" if max(probability, 1 - probability) < LEAST_SURE else label


def in_words(prediction: Predicted) -> str:
    """Return how sure a prediction is, such as `positive, 88 % sure` or `undecided (54 % positive)`."""
    return words_of(prediction.label, prediction.probability)


def words_of(label: Label, probability: float) -> str:
    """Return the same of a label and its probability of positive."""
    if outcome(label, probability) == "undecided":
        return f"undecided ({percent(probability)} positive)"
    return f"{label}, {percent(max(probability, 1 - probability))} sure"


def percent(probability: float) -> str:
    """Return a probability in percent, such as `88 %` or `more than 99 %`."""
    if probability >= MOST_SHOWN:
        return "more than 99 %"
    if 1 - probability >= MOST_SHOWN:
        return "less than 1 %"
    return f"{100 * probability:.0f} %"


def bar(prediction: Predicted) -> str:
    """Return the probability of positive as HTML: a mark on a scale, where the uncertain zone is hatched."""
    low, high = 100 * (1 - LEAST_SURE), 100 * LEAST_SURE
    return (
        f"<style>{STYLE}</style>"
        f"<div class='certainty' role='img' aria-label='{percent(prediction.probability)} positive'>"
        "<span aria-hidden='true'>negative</span>"
        f"<span class='scale' aria-hidden='true'><span class='zone' style='left: {low:.0f}%; width: {high - low:.0f}%'>"
        f"</span><span class='marker' style='left: {100 * prediction.probability:.1f}%'></span></span>"
        f"<span aria-hidden='true'>positive</span></div><p class='legend'>{LEGEND}</p>"
    )
