"""Everything that decides a training run apart from the reviews: the same reviews and these give the same artifact."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

MAX_SEED = 2**32 - 1
"""The largest that numpy's generators take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """One training run's settings.

    Attributes:
        regularization_c: Inverse strength of the L2 penalty of the logistic regression.
        min_reviews: An n-gram that fewer reviews hold is not learned.
        max_ngrams: How many n-gram weights the model keeps, the most telling ones.
        folds: Folds of the cross-validation that calibrates the probabilities.
        seed: Seed of the only random choice, which review is in which fold.
        stream_above: More reviews than this are trained on in passes over a file (`sentiment.model.streaming`), where
            `folds` and `seed` have no part.
    """

    regularization_c: float = 10.0
    min_reviews: int = 2
    max_ngrams: int = 20_000
    folds: int = 5
    seed: int = 0
    stream_above: int = 50_000

    def __post_init__(self) -> None:
        if not 0 < self.regularization_c < math.inf:
            raise ValueError("regularization_c must be above 0, and finite")
        for name, least in (("min_reviews", 1), ("max_ngrams", 1), ("folds", 2), ("seed", 0), ("stream_above", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}")
        if self.seed > MAX_SEED:
            raise ValueError(f"seed must be at most {MAX_SEED}")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, for a tracking server or a file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Hyperparameters:
        """Return the settings of `to_dict`, each value converted to its setting's type (a tracking server keeps text).

        Raises:
            ValueError: A name is unknown or a value is not of its setting's type.
        """
        kinds: dict[str, type] = {field.name: type(field.default) for field in fields(cls)}
        unknown = sorted(set(values) - set(kinds))
        if unknown:
            raise ValueError(f"unknown hyperparameters: {', '.join(unknown)}")
        converted = {}
        for name, value in values.items():
            try:
                converted[name] = kinds[name](value)
            except (TypeError, ValueError) as error:
                raise ValueError(f"{name} must be of type {kinds[name].__name__}, not {value!r}") from error
        return cls(**converted)
