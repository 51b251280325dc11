"""One candidate from reviews to a registered version, and into production if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from training.dataset import file_dataset, sample_dataset
from training.first_model import check_first_model
from training.registry import open_registry
from training.run import tracked_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sentiment.hyperparameters import Hyperparameters
    from training.console import Steps
    from training.settings import Settings


def make_candidate(
    settings: Settings,
    files: Sequence[Path],
    hyperparameters: Hyperparameters,
    *,
    promote: bool,
    steps: Steps,
) -> str:
    """Train, record and register a version, promote it if asked to, and return what was done.

    Args:
        settings: Where MLflow and the bucket are.
        files: Reviews in any known format; none for the built-in sample.
        hyperparameters: The settings of the run.
        promote: Whether to serve the new version.
        steps: Told what begins, and how far reading is.

    Raises:
        TrainingError: What went wrong, in one line.
    """
    registry = open_registry(settings)
    registry.tracking.check()
    if promote:  # a wrong bucket is better found before the training than after
        registry.store.check()
    dataset = file_dataset(files, on_bytes=steps.reading(files)) if files else sample_dataset(utc_now())
    candidate = tracked_run(registry.tracking, dataset, hyperparameters, step=steps)
    metrics = candidate.evaluation.metrics
    low, high = candidate.evaluation.intervals["macro_f1"]
    done = (
        f"Version {candidate.version}: macro-F1 {metrics.macro_f1:.3f} (95 % interval {low:.3f} to "
        f"{high:.3f}), calibration error {metrics.calibration_error:.1%} on {metrics.count:,} held-out "
        "reviews. "
    )
    if not promote:
        return f"{done}Not served: `python -m training promote {candidate.version}` would serve it."
    if registry.store.read_pointer().pointer is None:
        check_first_model(candidate.evaluation)
    registry.promote(candidate.version)
    return f"{done}It is served now."
