"""Everything that decides a training run apart from the reviews: the same reviews and these give the same artifact."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """One training run's settings.

    Attributes:
        regularization_c: Inverse strength of the L2 penalty of the logistic regression.
        min_reviews: An n-gram that fewer reviews hold is not learned.
        max_ngrams: How many n-gram weights the model keeps, the most telling ones.
        folds: Folds of the cross-validation that calibrates the probabilities.
        seed: Of every random choice.
    """

    regularization_c: float = 10.0
    min_reviews: int = 2
    max_ngrams: int = 20_000
    folds: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.regularization_c > 0:
            raise ValueError("regularization_c must be above 0")
        if self.min_reviews < 1 or self.max_ngrams < 1:
            raise ValueError("min_reviews and max_ngrams must be at least 1")
        if self.folds < 2:  # noqa: PLR2004
            raise ValueError("folds must be at least 2")

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
        return cls(**{name: kinds[name](value) for name, value in values.items()})
