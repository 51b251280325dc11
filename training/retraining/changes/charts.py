"""The page's charts, each embedded as data, with a text for people who cannot see it."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from training.runs.plots import BLUE, GREEN, GREY, RED, new_figure, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from sentiment.evaluation.moved_words import MovedWord
    from training.retraining.changes.contents import Slice

_SLICES = 15


class Interval(NamedTuple):
    """A difference with its 90 % interval, and the limit of the interval's lower end."""

    name: str
    lower: float
    difference: float
    upper: float
    limit: float


class Chart(NamedTuple):
    """A chart as the page embeds it: a `data:` address, and what it shows in words."""

    source: str
    text: str


def differences(intervals: Sequence[Interval]) -> Chart:
    """The gate's differences, and the limits that their lower ends must stay above."""
    figure, axes = new_figure("Candidate minus the model that it is compared with", 8, 1.2 + 0.6 * len(intervals))
    places = list(range(len(intervals)))[::-1]
    for place, found in zip(places, intervals, strict=True):
        colour = GREEN if found.lower > found.limit else RED
        axes.plot([found.lower, found.upper], [place, place], color=colour, linewidth=3)
        axes.plot(found.difference, place, color=colour, marker="o", markersize=8)
        axes.plot([found.limit, found.limit], [place - 0.3, place + 0.3], color=GREY, linestyle="--")
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_yticks(places, [found.name for found in intervals])
    axes.set_ylim(-0.6, len(intervals) - 0.4)
    axes.set_xlabel("difference, with its 90 % interval; dashed: the limit of its lower end")
    values = "; ".join(
        f"{found.name}: {found.difference:+.4f}, from {found.lower:+.4f} to {found.upper:+.4f}" for found in intervals
    )
    return _chart(figure, f"Differences with their 90 % intervals. {values}.")


def slices(found: Sequence[Slice]) -> Chart:
    """Accuracy of both models in each slice."""
    shown = [one for one in found if one.production is not None][:_SLICES][::-1]
    figure, axes = new_figure("Accuracy by source", 8, 1.4 + 0.45 * len(shown))
    before = [one.production or 0.0 for one in shown]
    for place, (one, then) in enumerate(zip(shown, before, strict=True)):
        axes.plot([then, one.candidate], [place, place], color=GREY, linewidth=1.5)
    places = range(len(shown))
    axes.plot(before, places, color=GREY, marker="o", linestyle="none", label="production")
    axes.plot([one.candidate for one in shown], places, color=BLUE, marker="D", linestyle="none", label="candidate")
    axes.set_yticks(places, [f"{readable(one.name)} ({one.count:,})" for one in shown])
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.set_xlabel("share of held-out reviews that the model predicts correctly")
    axes.legend(loc="best")
    return _chart(figure, "Accuracy of both models by source; the table below has the numbers.")


def words(moves: Sequence[MovedWord]) -> Chart:
    """The n-grams whose weight changed most."""
    figure, axes = new_figure("Words whose weight changed most", 8, 1.6 + 0.26 * len(moves))
    places = range(len(moves))
    axes.barh(places, [move.change for move in moves], color=[GREEN if move.change > 0 else RED for move in moves])
    axes.set_yticks(places, [readable(move.ngram) for move in moves], fontsize=8)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_ylim(-0.7, len(moves) - 0.3)
    axes.set_xlabel("change of the weight, in log-odds of positive")
    return _chart(figure, "Change of the weight of each word; the table below has the numbers.")


def _chart(figure: Figure, text: str) -> Chart:
    target = BytesIO()
    figure.savefig(target, format="png")
    return Chart(f"data:image/png;base64,{b64encode(target.getvalue()).decode()}", text)
