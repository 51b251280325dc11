"""The step `train`: the candidate, trained on the frozen frame, tracked in MLflow and registered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.model.hyperparameters import Hyperparameters
from training.registry.lineage import TAG_RETRAINING, Lineage
from training.registry.names import TAG_SHA256
from training.retraining.data import dataset_of
from training.retraining.preparation import feature_errors
from training.retraining.results import Trained
from training.retraining.steps import BUILD_FRAME, CLONE_HYPERPARAMETERS
from training.runs.run import tracked_run

if TYPE_CHECKING:
    from training.registry.tracking_server import RegisteredVersion
    from training.retraining.run import Run


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
        retraining=run.run_id,
        previous_version=cloned.version,
    )
    with feature_errors():
        dataset = dataset_of(open_frozen(frame.address), lineage, feedback_share=run.settings.training.feedback_share)
    hyperparameters = Hyperparameters.from_dict(cloned.hyperparameters)
    candidate = tracked_run(tracking, dataset, hyperparameters, step=lambda _: None)
    return _settled(run, tracking.version(candidate.version))


def _settled(run: Run, registered: RegisteredVersion) -> Trained:
    """Return the candidate, after ending in MLflow the runs of attempts that lost the connection."""
    run.registry.tracking.settle_runs(registered, TAG_RETRAINING, run.run_id)
    return Trained(version=registered.version, run_id=registered.run_id, sha256=registered.tags[TAG_SHA256])
