"""The step `train`: the candidate, trained on the frozen frame, tracked in MLflow and registered once."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

from sentiment.evaluation.trust import capped_share
from sentiment.model.hyperparameters import Hyperparameters
from training.errors import feature_errors
from training.registry.lineage import TAG_RETRAINING, Lineage
from training.registry.names import TAG_SHA256
from training.retraining.results import Trained
from training.retraining.steps import BUILD_FRAME, CLONE_HYPERPARAMETERS
from training.runs.dataset import Dataset
from training.runs.run import tracked_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feature_repo.frame.frozen import FrozenDataset
    from sentiment.reviews.example import Example
    from training.registry.tracking_server import RegisteredVersion
    from training.retraining.run import Run
    from training.runs.dataset import Examples


def train(run: Run) -> Trained:
    """Train and register the candidate, or return the one that an interrupted attempt registered.

    Raises:
        DataError: There are too few reviews for these hyperparameters.
        TrackingError: MLflow does not answer or refuses.
        FeatureStoreError: The frozen frame cannot be read.
    """
    from feature_repo.frame.frozen import open_frozen  # noqa: PLC0415 - takes seconds

    frame, cloned = run.result(BUILD_FRAME), run.result(CLONE_HYPERPARAMETERS)
    tracking = run.registry.tracking
    if registered := tracking.version_tagged(TAG_RETRAINING, run.run_id):
        return _settled(run, registered)
    lineage = Lineage(
        data_sha256=frame.sha256,
        frame=frame.address,
        feature_service=frame.feature_service,
        retraining_run=run.run_id,
        previous_version=cloned.version,
        held_out_key=frame.held_out_key,
    )
    with feature_errors():
        dataset = _dataset_of(open_frozen(frame.address), lineage, feedback_share=run.settings.training.feedback_share)
    hyperparameters = Hyperparameters.from_dict(cloned.hyperparameters)
    candidate = tracked_run(tracking, dataset, hyperparameters, step=lambda _: None)
    return _settled(run, tracking.version(candidate.version))


def _settled(run: Run, registered: RegisteredVersion) -> Trained:
    """Return the candidate, after ending in MLflow the runs of attempts that lost the connection."""
    run.registry.tracking.settle_runs(registered, TAG_RETRAINING, run.run_id)
    return Trained(version=registered.version, run_id=registered.run_id, sha256=registered.tags[TAG_SHA256])


class TrainingExamples:
    """A frame's training examples, with feedback scaled down to its share of the weight.

    Only each review's weight stays in memory: 8 bytes.

    Args:
        examples: The frame's examples, in the same order at each pass.
        share: The largest share of the total weight that feedback may have.
    """

    def __init__(self, examples: Examples, share: float) -> None:
        self._examples = examples
        weights, feedback = array("d"), bytearray()
        for example in self._training():
            weights.append(example.weight)
            feedback.append(example.is_feedback)
        self._weights = array("d", capped_share(weights, [bool(one) for one in feedback], share))

    def __len__(self) -> int:
        return len(self._weights)

    def __iter__(self) -> Iterator[Example]:
        """Yield each example with the weight that it has in this run."""
        for example, weight in zip(self._training(), self._weights, strict=True):
            yield example if example.weight == weight else replace(example, weight=weight)

    def _training(self) -> Iterator[Example]:
        return (example for example in self._examples if not example.held_out)


def _dataset_of(frozen: FrozenDataset, lineage: Lineage, *, feedback_share: float) -> Dataset:
    """Return a frame's reviews as the dataset of a run, read one batch at a time."""
    examples = frozen.examples()
    name = f"{frozen.window_start:%Y-%m-%d} to {frozen.window_end:%Y-%m-%d}"
    return Dataset(
        name=f"{name} (times replayed)" if frozen.replayed else name,
        training=TrainingExamples(examples, feedback_share),
        held_out=[example for example in examples if example.held_out],
        replayed=frozen.replayed,
        made_from=lineage,
    )
