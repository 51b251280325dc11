"""The page itself: everything that reviews say is escaped, and the page may load and run nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from training.retraining.changes.charts import Picture
    from training.retraining.changes.contents import Flips, Slice, WordMove

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the page says.

    Attributes:
        run_id: Of the retraining.
        made_at: When the decision was made.
        outcome: improves, maintains or rejected.
        ending: What came of it, in a sentence or two.
        served: Version that is served after the run.
        candidate: Version of the candidate.
        production: Version of production when it was judged; None where there was none.
        anchor: Version of the anchor; None where there was none.
        metrics: Of each model on the held-out reviews, by model and metric.
        rules: Every rule of the gate: name, passed, value, limit.
        held_out: Held-out reviews.
        margin: The gate's; None of a first model.
        detectable: The smallest difference that would often have been found; None of a first model.
        data: Facts on the data, by name.
        sources: The held-out reviews by source.
        categories: The same by product category.
        products: The same by product.
        words: What moved most.
        flips: Where the models differ; None where there was no production.
        pictures: By name: `differences`, `slices`, `words`.
    """

    run_id: str
    made_at: datetime
    outcome: str
    ending: str
    served: str | None
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
    words: Sequence[WordMove] = ()
    flips: Flips | None = None
    pictures: Mapping[str, Picture] = field(default_factory=dict)


def render(page: Page) -> str:
    """Return the page as one HTML document that needs nothing else."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"clean": _clean, "number": _number, "signed": _signed, "percent": _percent}
    template = files(__package__).joinpath("report.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(template).render(page=page)


def _clean(text: str) -> str:
    """Return a text with what no page may hold made visible."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _number(value: float) -> str:
    return f"{value:.4f}"


def _signed(value: float) -> str:
    return f"{value:+.4f}"


def _percent(value: float) -> str:
    return f"{value:.1%}"
