"""How sure a prediction is: in words, and as a bar with the zone in which it is better not trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentiment.schemas.api import PredictionAnswer

LEAST_SURE = 0.7
"""Below, at least three of ten such predictions are wrong: the probabilities are calibrated."""
MOST_SHOWN = 0.995
"""Nobody should read 100 %."""

_STYLE = """
<style>
.certainty { display: flex; align-items: center; gap: 0.6em; margin: 0.2em 0 0.8em; }
.certainty .scale { position: relative; flex: 1; height: 1.1em; border: 1px solid currentColor; border-radius: 0.55em;
  overflow: hidden; }
.certainty .zone { position: absolute; inset: 0 auto; background: repeating-linear-gradient(
  45deg, transparent 0 5px, rgb(128 128 128 / 45%) 5px 7px); }
.certainty .marker { position: absolute; inset: 0 auto; width: 0.5em; margin-left: -0.25em; background: currentColor; }
</style>
"""


def in_words(prediction: PredictionAnswer) -> str:
    """Return how sure a prediction is, such as `positive, 88 % sure` or `undecided (54 % positive)`."""
    sure = max(prediction.probability, 1 - prediction.probability)
    if sure < LEAST_SURE:
        return f"undecided ({100 * prediction.probability:.0f} % positive)"
    percent = "more than 99" if sure > MOST_SHOWN else f"{100 * sure:.0f}"
    return f"{prediction.label}, {percent} % sure"


def bar(prediction: PredictionAnswer) -> str:
    """Return the probability of positive as HTML: a mark on a scale, where the uncertain zone is hatched."""
    percent = 100 * prediction.probability
    low, high = 100 * (1 - LEAST_SURE), 100 * LEAST_SURE
    return (
        f"{_STYLE}<div class='certainty' role='img' aria-label='{percent:.0f} % positive; between {low:.0f} % and "
        f"{high:.0f} % the model is not sure'><span aria-hidden='true'>negative</span>"
        f"<span class='scale' aria-hidden='true'><span class='zone' style='left: {low:.0f}%; width: {high - low:.0f}%'>"
        f"</span><span class='marker' style='left: {percent:.1f}%'></span></span>"
        "<span aria-hidden='true'>positive</span></div>"
    )
