"""The first model: trained on the built-in sample, and published only if it is fit to be served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from sentiment.hyperparameters import Hyperparameters
from training.dataset import sample_dataset
from training.first_model import check_first_model
from training.run import tracked_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.registry import Promotion, Registry


def publish_first_model(registry: Registry, *, step: Callable[[str], None]) -> Promotion:
    """Train on the built-in sample and promote the outcome.

    Raises:
        PromotionRefusedError: The model is not fit to be served.
        TrainingError: A server does not answer.
    """
    dataset = sample_dataset(utc_now())
    candidate = tracked_run(registry.tracking, dataset, Hyperparameters(), step=step)
    check_first_model(candidate.evaluation)
    step(f"Promoting version {candidate.version}")
    return registry.promote(candidate.version)
