"""The candidate: trained on the frozen frame by production's hyperparameters, tracked and registered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.model.hyperparameters import Hyperparameters
from training.registry.lineage import TAG_RETRAINING, Lineage
from training.registry.names import TAG_SHA256
from training.retraining.data import dataset_of
from training.retraining.preparing import BUILD_FRAME, CLONE, feature_errors
from training.retraining.results import Trained
from training.retraining.run import Step
from training.runs.run import tracked_run

if TYPE_CHECKING:
    from training.registry.tracking_server import RegisteredVersion
    from training.retraining.run import Run

TRAIN = Step("train", Trained)


def train(run: Run) -> Trained:
    """Train and register the candidate, or find the one that an attempt registered before it was cut off.

    Raises:
        DataError: The reviews are too few for these hyperparameters.
        TrackingError: MLflow does not answer or refuses.
        FeatureStoreError: The frozen frame cannot be read.
    """
    from feature_repo.frame.frozen import open_frozen  # noqa: PLC0415 - takes seconds

    framed, cloned = run.result(BUILD_FRAME), run.result(CLONE)
    tracking = run.registry.tracking
    if made := tracking.version_tagged(TAG_RETRAINING, run.run_id):
        return _settled(run, made)
    lineage = Lineage(
        data_sha256=framed.sha256,
        frame=framed.address,
        feature_service=framed.feature_service,
        retraining=run.run_id,
        previous_version=cloned.version,
    )
    with feature_errors():
        dataset = dataset_of(open_frozen(framed.address), lineage, feedback_share=run.settings.training.feedback_share)
    hyperparameters = Hyperparameters.from_dict(cloned.hyperparameters)
    candidate = tracked_run(tracking, dataset, hyperparameters, step=lambda _: None)
    return _settled(run, tracking.version(candidate.version))


def _settled(run: Run, made: RegisteredVersion) -> Trained:
    """Return the candidate, after the runs of attempts that lost MLflow have an end there."""
    run.registry.tracking.settle_runs(made, TAG_RETRAINING, run.run_id)
    return Trained(version=made.version, run_id=made.run_id, sha256=made.tags[TAG_SHA256])
