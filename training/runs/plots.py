"""The plots of a run, drawn without a display, each readable on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from sklearn.metrics import average_precision_score, precision_recall_curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sentiment.evaluation.metrics import Metrics

GREEN, RED, BLUE, GREY = "#2e7d32", "#c62828", "#1565c0", "#757575"
_RELIABILITY_BINS = 10
_WORDS = 20
_DARK = 0.5  # a darker blue needs white letters
_MIN_BIN = 5  # the share of fewer reviews is noise


def confusion_matrix(metrics: Metrics) -> Figure:
    """Counts of held-out reviews by true and predicted label."""
    figure, axes = new_figure("Held-out reviews: true and predicted labels", 6, 5.2)
    cells = np.array([[metrics.tn, metrics.fp], [metrics.fn, metrics.tp]])
    shares = cells / np.maximum(cells.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(cells):
        share = shares[row, column]
        axes.text(
            column,
            row,
            f"{count:,}\n{share:.0%} of the row",
            ha="center",
            va="center",
            fontsize=13,
            color="white" if share > _DARK else "black",
        )
    names = ["negative", "positive"]
    axes.set_xticks([0, 1], names)
    axes.set_yticks([0, 1], names, rotation=90, va="center")
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    return figure


def calibration(truth: NDArray[np.bool_], probabilities: NDArray[np.float64], calibration_error: float) -> Figure:
    """Reliability: of the reviews predicted with probability p, a share of p should be positive.

    Args:
        truth: Whether each review is positive, shape (n,).
        probabilities: Probabilities of positive, shape (n,).
        calibration_error: For the legend.
    """
    figure, axes = new_figure("Calibration: how often is the model right?", 6.4, 5.6)
    bins = np.minimum((probabilities * _RELIABILITY_BINS).astype(int), _RELIABILITY_BINS - 1)
    counts = np.bincount(bins, minlength=_RELIABILITY_BINS)
    shown = counts >= _MIN_BIN
    mean = np.bincount(bins, weights=probabilities, minlength=_RELIABILITY_BINS)[shown] / counts[shown]
    share = np.bincount(bins, weights=truth, minlength=_RELIABILITY_BINS)[shown] / counts[shown]
    # Wilson's 95 % interval of each share
    n, z = counts[shown], 1.96
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="perfect")
    axes.errorbar(
        mean,
        share,
        yerr=np.clip([share - (centre - half), centre + half - share], 0, None),
        color=BLUE,
        marker="o",
        capsize=3,
        label=f"model (calibration error {calibration_error:.1%})",
    )
    for x, y, count in zip(mean, share, n, strict=True):
        axes.annotate(f"{count:,}", (x, y), xytext=(6, -12), textcoords="offset points", fontsize=8, color=GREY)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability of positive", ylabel="share that is positive")
    axes.legend(loc="upper left", title="with 95 % intervals and number of reviews", title_fontsize=8)
    return figure


def precision_recall(truth: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> Figure:
    """Precision against recall at every threshold, for each label."""
    figure, axes = new_figure("Precision and recall at every threshold", 6.4, 5.2)
    for name, is_label, chance, colour in (
        ("positive", truth, probabilities, GREEN),
        ("negative", ~truth, 1 - probabilities, RED),
    ):
        precision, recall, thresholds = precision_recall_curve(is_label, chance)
        average = average_precision_score(is_label, chance)
        axes.plot(recall, precision, color=colour, label=f"{name} (average precision {average:.2f})")
        used = int(np.searchsorted(thresholds, 0.5, side="right"))
        axes.plot(recall[used], precision[used], color=colour, marker="o", markersize=8)
        axes.axhline(is_label.mean(), color=colour, linestyle=":", linewidth=1)
    axes.plot([], [], color=GREY, marker="o", linestyle="none", label="the threshold in use (0.5)")
    axes.plot([], [], color=GREY, linestyle=":", label="by chance")
    axes.set(xlim=(0, 1.01), ylim=(0, 1.01), xlabel="recall", ylabel="precision")
    axes.legend(loc="lower left")
    return figure


def telling_words(ngrams: Sequence[str], influence: NDArray[np.float64]) -> Figure:
    """The n-grams with most influence towards each label.

    Args:
        ngrams: The vocabulary.
        influence: How much each moves the log-odds of positive from review to review, shape (n-grams,).
    """
    figure, axes = new_figure("The most informative words", 8, 8)
    order = np.argsort(influence, kind="stable")
    # A small vocabulary shows each n-gram once.
    chosen = list(dict.fromkeys([*order[:_WORDS], *order[-_WORDS:]]))
    places = range(len(chosen))
    colours = [GREEN if influence[i] > 0 else RED for i in chosen]
    axes.barh(places, [influence[i] for i in chosen], color=colours)
    axes.set_yticks(places, [readable(ngrams[i]) for i in chosen], fontsize=8)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_ylim(-0.7, len(chosen) - 0.3)
    axes.set_xlabel(
        "how much it moves the log-odds of positive from one held-out review to another\n"
        "+ and - stand for any opinion word of that direction"
    )
    return figure


def readable(ngram: str) -> str:
    """Return an n-gram as text that the font can draw and matplotlib does not parse as mathematics."""
    text = f"{ngram[1:]} (negated)" if ngram.startswith("~") and len(ngram) > 1 else ngram
    font = get_font(findfont("DejaVu Sans"))
    drawn = (letter if font.get_char_index(ord(letter)) else f"[{ord(letter):X}]" for letter in text)
    return "".join(drawn).replace("$", r"\$")


def new_figure(title: str, width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure; width and height are in inches."""
    # Not pyplot's canvas, which has global state and needs a display.
    figure = Figure(figsize=(width, height), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=13, pad=12)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
