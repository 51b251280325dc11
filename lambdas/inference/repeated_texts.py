"""Texts that an execution environment has predicted before: a review that ten people look at arrived once."""

from __future__ import annotations

MOST_TEXTS = 4096
"""How many are remembered: 0.5 MB."""


class RepeatedTexts:
    """Remembers the latest texts of each model version, by their hash.

    Without it, two hundred people who rate fifty reviews would look like reviews that have drifted: the population
    stability index takes every prediction for an independent one.
    """

    def __init__(self) -> None:
        self._seen: dict[int, None] = {}

    def is_repeated(self, text: str, model_version: str) -> bool:
        """Return whether the version has predicted the text lately, and remember it."""
        key = hash((text, model_version))
        repeated = key in self._seen
        self._seen.pop(key, None)
        self._seen[key] = None  # now the newest
        if len(self._seen) > MOST_TEXTS:
            del self._seen[next(iter(self._seen))]
        return repeated
