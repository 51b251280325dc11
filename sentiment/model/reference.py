"""The reference of a model: how its training reviews are distributed, which drift is measured against.

A prediction is put into the reference's bins when it is made, by the function that has the model; afterwards, counting
suffices. Standard library only.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FEATURES = ("probability", "characters", "unknown_words")
"""What is watched for drift, in the order of `Reference.bins`: the probability of positive, the length of the text, and
the share of its words and pairs of words that the model does not know."""

MAX_BINS = 10
NO_BIN = "-"
NOT_COUNTED = NO_BIN * len(FEATURES)
"""The bins of a prediction that says nothing of how reviews are distributed."""


class Reference:
    """The bins of one artifact.

    Args:
        histograms: The artifact's `reference`: `edges` and `shares` of each feature; an old one may lack features.

    Raises:
        ValueError: A feature's edges are not in order, or its shares are not one more than the edges.
    """

    def __init__(self, histograms: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
        self.shares: dict[str, list[float]] = {}
        """Share of the training reviews in each bin, by feature."""
        self._edges: list[list[float] | None] = []
        for name in FEATURES:
            if name not in histograms:
                self._edges.append(None)
                continue
            edges, shares = list(histograms[name]["edges"]), list(histograms[name]["shares"])
            if edges != sorted(edges) or len(shares) != len(edges) + 1 or len(shares) > MAX_BINS:
                raise ValueError(f"the reference of {name} is not a histogram of at most {MAX_BINS} bins")
            self._edges.append(edges)
            self.shares[name] = shares

    def bins(self, probability: float, characters: int, unknown_words: float) -> str:
        """Return the bin of each feature, one digit each; `-` for a feature that the reference lacks."""
        found = zip(self._edges, (probability, characters, unknown_words), strict=True)
        return "".join(NO_BIN if edges is None else str(bisect_right(edges, value)) for edges, value in found)
