"""Hyperparameters: the same ones and the same reviews give the same artifact."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

MAX_SEED = 2**32 - 1
"""The largest seed that numpy's generators take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """The settings of a training run.

    Attributes:
        regularization_c: Inverse strength of the L2 penalty of the logistic regression.
        min_reviews: N-grams in fewer reviews are ignored.
        max_ngrams: Number of n-grams that the model keeps, the most telling ones.
        folds: Folds of the cross-validation that calibrates the probabilities.
        seed: Seed of the only random choice: which review is in which fold.
        stream_above: With more reviews than this, train from disk (`sentiment.model.streaming`), without `folds` and
            `seed`.
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
        """Return the settings as plain values, for MLflow or a file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Hyperparameters:
        """Return the settings in `to_dict`'s values, converted to their types since MLflow stores text.

        Raises:
            ValueError: A name is unknown, or a value is not of its setting's type.
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
