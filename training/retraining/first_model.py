"""The first model: the steps of a retraining, on a lake into which the built-in sample was brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.errors import DataError, PromotionRefusedError
from training.retraining.flow import new_run_id, retrain
from training.retraining.preparing import BUILD_FRAME
from training.retraining.publishing import PROMOTE
from training.retraining.run import Run
from training.retraining.settings import with_features

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.settings import Settings


def publish_first_model(settings: Settings, *, step: Callable[[str], None]) -> str:
    """Make a first model where none can be served, and return its version.

    Raises:
        PromotionRefusedError: The model is not fit to be served, or somebody else promoted one meanwhile.
        DataError: The lake has too few reviews.
        TrainingError: A server does not answer.
    """
    everything = with_features(settings)
    run = Run(everything, new_run_id("first"))
    done = retrain(everything, run.run_id, step=step, first=True)
    framed = run.workspace.read(BUILD_FRAME.name, BUILD_FRAME.result)
    if framed is None or framed.state != "done":
        raise DataError(done)
    promoted = run.result(PROMOTE)
    if promoted.outcome != "promoted" or promoted.version is None:
        raise PromotionRefusedError(done)
    return promoted.version
