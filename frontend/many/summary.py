"""How a job of many reviews is, and how its predictions turned out: in words, as a chart and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from frontend.certainty import OUTCOMES, words_of
from frontend.palette import BLUE, GREY, PURPLE, VERMILION
from frontend.quantities import counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from frontend.many.job import Progress

EXCERPT = 200
_MINUTE = 60
_COLOURS = {"positive": BLUE, "undecided": GREY, "negative": VERMILION, "not predicted": PURPLE}
"""The axis names them, so that nobody needs to tell them apart."""


def how_far(progress: Progress) -> str:
    """Return how many rows have a result, and the time left if it is known."""
    if progress.rows is None:
        return "Reading the file"
    left = f", {time_left(progress.seconds_left)}" if progress.seconds_left is not None else ""
    return f"{progress.done:,} of {progress.rows:,} rows{left}"


def why_it_waits(progress: Progress) -> str:
    """Return why the last request is being repeated; empty if it is not."""
    reason = progress.waiting.partition(". ")[0].rstrip(".")  # what follows is advice
    return f"{reason}. The last request is being repeated." if reason else ""


def time_left(seconds: float) -> str:
    """Return an estimate in whole minutes."""
    if seconds < _MINUTE:
        return "less than a minute left"
    return f"about {duration(_MINUTE * round(seconds / _MINUTE))} left"


def what_is_left(progress: Progress) -> str:
    """Return how many rows have no result yet; empty if they were never counted."""
    if progress.rows is None:
        return ""
    number = progress.rows - progress.done
    return f"{counted(number, 'row')} {'is' if number == 1 else 'are'} left."


def in_words(progress: Progress) -> str:
    """Return how many reviews have each outcome, and how many rows could not be predicted."""
    positive, undecided, negative = (f"{progress.outcomes[name]:,} {name}" for name in OUTCOMES)
    predicted = counted(sum(progress.outcomes.values()), "review")
    unread = f" {counted(progress.unread, 'row')} could not be predicted." if progress.unread else ""
    return f"{predicted}: {positive}, {undecided} and {negative}.{unread}"


def chart(progress: Progress) -> alt.Chart:
    """Return how many reviews have each outcome as bars."""
    counts: dict[str, int] = {str(name): count for name, count in progress.outcomes.items()}
    if progress.unread:
        counts["not predicted"] = progress.unread
    values = pd.DataFrame({"outcome": list(counts), "rows": list(counts.values())})
    bars: alt.Chart = (
        alt.Chart(values, title="Reviews by outcome", description=in_words(progress), height=120 + 30 * len(counts))
        .mark_bar()
        .encode(
            x=alt.X("rows:Q", title="Number of rows", axis=alt.Axis(format=",d", tickMinStep=1, tickCount=4)),
            y=alt.Y("outcome:N", title="Outcome", sort=list(counts), axis=alt.Axis(labelOverlap=False)),
            color=alt.Color(
                "outcome:N", legend=None, scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values()))
            ),
            tooltip=[alt.Tooltip("outcome:N", title="Outcome"), alt.Tooltip("rows:Q", title="Rows", format=",d")],
        )
    )
    return bars


def table(results: Iterable[Mapping[str, Any]]) -> dict[str, list[object]]:
    """Return the columns of a table of results."""
    rows = list(results)
    return {
        "row": [row["row"] for row in rows],
        "prediction": [
            words_of(row["label"], row["probability"]) if "label" in row else f"none: {row['problem']}" for row in rows
        ],
        "review": [row.get("text", "")[:EXCERPT] for row in rows],
        "model version": [row.get("model_version", "") for row in rows],
    }
