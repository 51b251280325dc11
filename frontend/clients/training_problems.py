"""What a page shows where the registry or a run cannot be read or changed: errors of training, for people."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from frontend.clients.problems import ProblemError
from training.errors import (
    AuditError,
    PromotionConflictError,
    PromotionRefusedError,
    RunError,
    SettingsError,
    StorageError,
    TrackingError,
    TrainingError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_SENTENCES: dict[type[TrainingError], tuple[str, bool]] = {
    StorageError: ("The store of the models does not answer. Try again.", True),
    TrackingError: ("MLflow does not answer. Is it running? Try again.", True),
    AuditError: ("The audit log is damaged: an entry cannot be read.", False),
    RunError: ("What this run left behind is damaged or incomplete.", False),
    SettingsError: ("This application is not told where MLflow and the store of the models are.", False),
}
"""By kind, where the error's own message names addresses; and whether a repetition may help."""


@contextmanager
def problems() -> Iterator[None]:
    """Turn errors of training into problems for people.

    Raises:
        ProblemError: In place of a TrainingError.
    """
    try:
        yield
    except (PromotionRefusedError, PromotionConflictError) as error:
        raise ProblemError(str(error), may_repeat=False) from error
    except TrainingError as error:
        message, may_repeat = _SENTENCES.get(type(error), (f"{error}", False))
        raise ProblemError(message, may_repeat=may_repeat) from error
