"""The errors of training and promotion. Each message is one line that says what to do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from feature_repo.errors import FeatureError

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN_ENSURE = "Run `python -m training ensure` to repair it."


class TrainingError(Exception):
    """An error that the command line reports as one line, with exit code 1."""


class SettingsError(TrainingError):
    """An environment variable is missing or invalid."""


class DataError(TrainingError):
    """There are too few reviews to train or evaluate a model, or they cannot be read."""


class AnotherKeyError(TrainingError):
    """Production holds out reviews by the key of another loop, so no candidate can be compared with it."""


class MachineError(TrainingError):
    """The machine lacks the disk space or memory that training needs."""


class TrackingError(TrainingError):
    """MLflow did not answer, or refused."""


class StorageError(TrainingError):
    """S3 did not answer, or refused."""


class PromotionRefusedError(TrainingError):
    """A version may not be promoted. Nothing was changed."""


class PromotionConflictError(TrainingError):
    """Another promotion came first. It stays in production."""


class AuditError(TrainingError):
    """The audit log cannot be read, or an entry would be overwritten."""


class HyperparametersError(TrainingError):
    """The hyperparameters of the production model cannot be read from its run."""


class RunError(TrainingError):
    """A retraining run cannot continue."""


class FeatureStoreError(TrainingError):
    """The feature store failed; the message is its own."""


class EvaluationError(TrainingError):
    """Candidate, production or anchor cannot be evaluated. Production is unchanged."""


@contextmanager
def feature_errors() -> Iterator[None]:
    """Turn an error of the feature store into a `FeatureStoreError` with the same message."""
    try:
        yield
    except FeatureError as error:
        raise FeatureStoreError(str(error)) from error
