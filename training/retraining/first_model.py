"""The first model: a retraining of a lake that holds the built-in sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.errors import DataError, PromotionRefusedError
from training.retraining.in_process import new_run_id, retrain
from training.retraining.run import Run, with_features
from training.retraining.steps import BUILD_FRAME, PROMOTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.settings import Settings


def promote_first_model(settings: Settings, *, step: Callable[[str], None]) -> str:
    """Train and promote a first model on a lake that holds the built-in sample, and return its version.

    Raises:
        PromotionRefusedError: The gate rejects the model, or another one was promoted meanwhile.
        DataError: The lake has too few reviews.
        TrainingError: A server does not answer.
    """
    everything = with_features(settings)
    run = Run(everything, new_run_id("first"))
    ended = retrain(everything, run.run_id, step=step, first=True)
    frame = run.workspace.read(BUILD_FRAME)
    if frame is None or frame.state != "done":
        raise DataError(ended)
    promoted = run.result(PROMOTE)
    if promoted.outcome != "promoted" or promoted.version is None:
        raise PromotionRefusedError(ended)
    return promoted.version
