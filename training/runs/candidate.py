"""One candidate, from files of reviews to a registered version, promoted on request if the gate allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.clock import utc_now
from sentiment.model.summary import TRAINED
from sentiment.reviews.held_out import PUBLIC
from sentiment.schemas.pointer import SERVED_SOON, Change
from training.errors import PromotionRefusedError
from training.registry.audit import event_id
from training.registry.registry import open_registry
from training.runs.dataset import file_dataset, sample_dataset
from training.runs.decisions import StoredDecision, load_comparison, record_decision
from training.runs.examination import examine
from training.runs.held_out import sides_of_loop
from training.runs.run import tracked_run
from training.runs.scoring import apply_gate, headlines, score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sentiment.model.hyperparameters import Hyperparameters
    from sentiment.reviews.reading import Columns, Detected
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
    columns: Columns | None = None,
    on_detected: Callable[[Path, Detected], None] | None = None,
) -> str:
    """Train, record and register a version, promote it if asked to, and return what was done.

    Args:
        settings: Where MLflow and the bucket are.
        files: Files of reviews; none for the built-in sample.
        hyperparameters: The settings of the run.
        promote: Promote the new version if the gate allows it, evaluated on its own held-out reviews.
        force: With `promote`: do not apply the gate.
        step: Called with what starts.
        reading: Called with the files before they are read; returns what is called with each number of bytes read.
        columns: The columns of tables that somebody named.
        on_detected: Called with each file and what it is, before anything is read.

    Raises:
        AnotherKeyError: Production holds out reviews by another key.
        UncertainColumnsError: Columns of a file could hold this or that.
        PromotionRefusedError: The gate rejects the version, which stays registered.
        TrainingError: What went wrong.
    """
    registry = open_registry(settings)
    registry.tracking.check()
    if promote:  # find a wrong bucket before the training, not after
        registry.store.check()
    sides = sides_of_loop(settings, registry.tracking.production())
    if files:
        dataset = file_dataset(files, sides, columns, on_bytes=reading(files), on_detected=on_detected)
    else:
        dataset = sample_dataset(utc_now(), sides)
    candidate = tracked_run(registry.tracking, dataset, hyperparameters, step=step)
    metrics = candidate.evaluation.metrics
    low, high = candidate.evaluation.intervals["macro_f1"]
    done = (
        f"Version {candidate.version}, {TRAINED[candidate.trainer]}: macro-F1 {metrics.macro_f1:.3f} "
        f"(95 % interval {low:.3f} to {high:.3f}), calibration error {metrics.calibration_error:.1%} "
        f"on {metrics.count:,} held-out reviews. "
    )
    if sides.key == PUBLIC.key_fingerprint:
        done += "They were chosen by the public key, not by the secret of a loop. "
    if not promote:
        return f"{done}Not promoted: `python -m training promote {candidate.version}` promotes it."
    if force:
        registry.promote(candidate.version)
        return f"{done}The gate was not applied; {SERVED_SOON}."
    step("Comparing it with production")
    return f"{done}{_through_the_gate(registry, settings, candidate, dataset)} Promoted: {SERVED_SOON}."


def _through_the_gate(registry: Registry, settings: Settings, candidate: Candidate, dataset: Dataset) -> str:
    """Record the gate's decision, promote the version unless it is rejected, and return the decision in a sentence."""
    compared = load_comparison(registry, candidate.version)
    predictions = score(dataset.held_out, compared.models)
    examination = examine(compared.models, dataset.training, dataset.held_out, raters={})
    decision = StoredDecision.of(apply_gate(predictions, settings, examination.rules()), utc_now())
    decision_id = event_id(candidate.run_id, "decision")
    record_decision(
        registry,
        decision,
        decision_id=decision_id,
        version=candidate.version,
        production=compared.production,
        anchor=compared.anchor,
        metrics=headlines(predictions),
    )
    if decision.outcome == "rejected":
        raise PromotionRefusedError(
            f"Version {candidate.version} is registered but not promoted. {decision.summary} "
            f"`python -m training promote {candidate.version}` promotes it all the same."
        )
    change = Change(kind="promotion", reason=decision.summary, decision_id=decision_id)
    registry.promote(candidate.version, change, replacing=compared.stored)
    return decision.summary
