"""One candidate from files to a registered version, and into production if it is asked for and the gate allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from sentiment.schemas.pointer import Change
from training.errors import PromotionRefusedError
from training.registry.audit import event_id
from training.registry.registry import open_registry
from training.runs.dataset import file_dataset, sample_dataset
from training.runs.decisions import KeptDecision, contest, record_decision
from training.runs.run import tracked_run
from training.runs.scoring import headlines, judge, score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sentiment.model.hyperparameters import Hyperparameters
    from training.registry.registry import Registry
    from training.runs.dataset import Dataset
    from training.runs.run import Candidate
    from training.settings import Settings


def make_candidate(
    settings: Settings,
    files: Sequence[Path],
    hyperparameters: Hyperparameters,
    *,
    promote: bool,
    force: bool = False,
    step: Callable[[str], None],
    reading: Callable[[Sequence[Path]], Callable[[int], None]],
) -> str:
    """Train, record and register a version, promote it if asked to, and return what was done.

    Args:
        settings: Where MLflow and the bucket are.
        files: Reviews in any known format; none for the built-in sample.
        hyperparameters: The settings of the run.
        promote: Whether to serve the new version if the gate lets it through, judged on its own held-out reviews.
        force: Promote it past the gate.
        step: Told what begins.
        reading: Told that files begin to be read; what it returns is told how many more of their bytes have been.

    Raises:
        PromotionRefusedError: The gate rejects the version, which stays registered.
        TrainingError: What went wrong, in one line.
    """
    registry = open_registry(settings)
    registry.tracking.check()
    if promote:  # a wrong bucket is better found before the training than after
        registry.store.check()
    dataset = file_dataset(files, on_bytes=reading(files)) if files else sample_dataset(utc_now())
    candidate = tracked_run(registry.tracking, dataset, hyperparameters, step=step)
    metrics = candidate.evaluation.metrics
    low, high = candidate.evaluation.intervals["macro_f1"]
    done = (
        f"Version {candidate.version}: macro-F1 {metrics.macro_f1:.3f} (95 % interval {low:.3f} to "
        f"{high:.3f}), calibration error {metrics.calibration_error:.1%} on {metrics.count:,} held-out "
        "reviews. "
    )
    if not promote:
        return f"{done}Not served: `python -m training promote {candidate.version}` would serve it."
    if force:
        registry.promote(candidate.version)
        return f"{done}It is served now, past the gate."
    step("Judging it against what is served")
    return f"{done}{_through_the_gate(registry, settings, candidate, dataset)} It is served now."


def _through_the_gate(registry: Registry, settings: Settings, candidate: Candidate, dataset: Dataset) -> str:
    """Promote the version if it may be, put the decision on record either way, and return it in a sentence."""
    rivals = contest(registry, candidate.version)
    predictions = score(dataset.held_out, rivals.models)
    kept = KeptDecision.of(judge(predictions, settings), utc_now())
    decision_id = event_id(candidate.run_id, "decision")
    record_decision(
        registry,
        kept,
        decision_id=decision_id,
        version=candidate.version,
        production=rivals.production,
        anchor=rivals.anchor,
        metrics=headlines(predictions),
    )
    if kept.outcome == "rejected":
        raise PromotionRefusedError(
            f"Version {candidate.version} is registered and not served. {kept.summary} "
            f"`python -m training promote {candidate.version}` would serve it nevertheless."
        )
    change = Change(kind="promotion", reason=kept.summary, decision_id=decision_id)
    registry.promote(candidate.version, change, replacing=rivals.stored)
    return kept.summary
