"""A prediction as the pages show it, whether the API made it or a model that this application has loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sentiment.reviews.review import Label


class Predicted(Protocol):
    """A label, and the probability of positive."""

    @property
    def label(self) -> Label:
        """The predicted label."""

    @property
    def probability(self) -> float:
        """Of positive, 0 to 1."""


class Span(Protocol):
    """A word that decided: where it stands in the text, and its weight in log-odds of positive."""

    @property
    def weight(self) -> float:
        """Above 0 for positive."""

    @property
    def start(self) -> int:
        """The place of its first character."""

    @property
    def end(self) -> int:
        """The place after its last character."""
