"""The page as HTML: review texts are escaped, and the page loads and runs nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sentiment.evaluation.moved_words import MovedWord
    from training.retraining.changes.charts import Chart
    from training.retraining.changes.contents import Flips, Slice

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything that the page shows.

    Attributes:
        made_at: When the decision was made.
        ending: How the run ended, in a sentence or two.
        production: Version that was in production at the evaluation; None if none was.
        anchor: Version of the anchor; None if there was none.
        metrics: Metrics on the held-out reviews, by model and metric.
        rules: Every rule of the gate: name, passed, value, limit.
        margin: The gate's margin; None for a first model.
        detectable: The smallest difference that would have been found four times in five; None for a first model.
        newer: Held-out reviews that are newer than what production was trained on.
        on_newer: Differences from production on those.
        words: N-grams whose weight changed most, with those who stand behind the training texts that have them.
        flips: Reviews that the models label differently; None without a production version.
        charts: By name: `differences`, `slices`, `words`.
    """

    run_id: str
    made_at: datetime
    outcome: str
    ending: str
    candidate: str
    production: str | None
    anchor: str | None
    metrics: Mapping[str, Mapping[str, float]]
    rules: Sequence[Mapping[str, Any]]
    held_out: int
    margin: float | None
    detectable: float | None
    data: Mapping[str, str]
    sources: Sequence[Slice]
    categories: Sequence[Slice]
    products: Sequence[Slice]
    newer: int = 0
    on_newer: Sequence[Mapping[str, Any]] = ()
    words: Sequence[MovedWord] = ()
    flips: Flips | None = None
    charts: Mapping[str, Chart] = field(default_factory=dict)


def render(page: Page) -> str:
    """Return the page as one self-contained HTML document."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "clean": partial(_CONTROL.sub, "\N{REPLACEMENT CHARACTER}"),
        "number": "{:.4f}".format,
        "signed": "{:+.4f}".format,
        "percent": "{:.1%}".format,
    }
    template = files(__package__).joinpath("report.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(template).render(page=page)
