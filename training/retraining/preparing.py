"""What a retraining is made of: what is new, the hyperparameters, and the frozen frame."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from feature_repo.errors import EmptyLakeError, FeatureError, TooFewReviewsError
from sentiment.clock import utc_now
from sentiment.model.hyperparameters import Hyperparameters
from training.errors import FeatureStoreError, HyperparametersError
from training.retraining.results import Cloned, Framed, Ingested
from training.retraining.run import EndedError, Step
from training.runs.dataset import MIN_HELD_OUT, MIN_TRAINING
from training.runs.hyperparameters import hyperparameters_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.retraining.run import Run

INGEST = Step("ingest", Ingested)
CLONE = Step("clone_hyperparameters", Cloned)
BUILD_FRAME = Step("build_frame", Framed)

_ENSURE = "`python -m training ensure` mends it."


def ingest(run: Run, *, force: bool = False, first: bool = False) -> Ingested:
    """Bring what is new into the lake.

    Args:
        run: The run.
        force: Train even if production was trained on the very same window.
        first: What is published cannot be served, if anything is: the built-in sample is ingested too, and the
            candidate is held against the gate of a first model.
    """
    from feature_repo.ingest import ingest_archive, ingest_sample, update_product_stats  # noqa: PLC0415 - takes seconds
    from feature_repo.ingest.publishing import begun  # noqa: PLC0415 - as above
    from feature_repo.lake.keys import SAMPLE  # noqa: PLC0415 - as above
    from feature_repo.lake.objects import Lake  # noqa: PLC0415 - as above

    settings, until = run.settings.features, utc_now()
    counts = {}
    with feature_errors():
        # The sample's times move along with the days: a window without it would be an empty one on a laptop. One that
        # an attempt died in is moved again before the archive's ingest takes it for abandoned and removes it.
        if first or begun(Lake(settings), SAMPLE):
            counts["sample"] = ingest_sample(settings, until).to_dict()
        counts["archive"] = ingest_archive(settings, until).to_dict()
        update_product_stats(settings)
    return Ingested(until=until, force=force, first=first, counts=counts)


def clone_hyperparameters(run: Run) -> Cloned:
    """Return the hyperparameters of the version that is served, as its run recorded them.

    Raises:
        HyperparametersError: Pointer and alias do not lead to one run, or it does not record them all.
        TrackingError: MLflow does not answer.
        StorageError: S3 does not answer.
    """
    ingested = run.result(INGEST)
    stored = run.registry.store.read_pointer()
    production = run.registry.tracking.production()
    if ingested.first or (stored.etag is None and production is None):
        return Cloned(hyperparameters=Hyperparameters().to_dict(), version=None)
    if stored.pointer is None:
        reason = stored.problem or "it is missing"
        raise HyperparametersError(f"The pointer to the production model cannot be read ({reason}). {_ENSURE}")
    served = stored.pointer.model_version
    if production is None:
        raise HyperparametersError(
            f"MLflow has no alias production, which should name version {served}, the one that is served. {_ENSURE}"
        )
    if (production.version, production.run_id) != (served, stored.pointer.run_id):
        raise HyperparametersError(
            f"Version {served} is served and the alias production names version {production.version}. {_ENSURE}"
        )
    params = run.registry.tracking.run(production.run_id).params
    return Cloned(hyperparameters=hyperparameters_of(production.run_id, params).to_dict(), version=served)


def build_frame(run: Run) -> Framed:
    """Freeze the training frame of the window.

    Raises:
        EndedError: There is nothing new in it, or too little.
        FeatureStoreError: The feature store failed.
    """
    from feature_repo.frame.frame import training_frame  # noqa: PLC0415 - takes seconds

    ingested = run.result(INGEST)
    with feature_errors():
        try:
            frozen = training_frame(run.settings.features, ingested.until)
        except (EmptyLakeError, TooFewReviewsError) as error:
            raise EndedError("too little data", str(error)) from error
    framed = Framed.of(frozen)
    for part, floor, purpose in (("training", MIN_TRAINING, "train on"), ("held_out", MIN_HELD_OUT, "judge with")):
        positive, negative = (frozen.labels[part].get(label, 0) for label in ("positive", "negative"))
        if min(positive, negative) < floor:
            raise EndedError(
                "too little data",
                f"The window has too few reviews to {purpose}: {positive:,} positive and {negative:,} negative ones, "
                f"{floor} of each are needed.",
                framed,
            )
    if not ingested.force and (seen := _trained_on(run, framed.sha256)):
        raise EndedError("no new data", f"{seen} was trained on the very same frame: nothing in it is new.", framed)
    return framed


def _trained_on(run: Run, data_sha256: str) -> str | None:
    """Return which version was trained on the very same frame: production, or the one that was rolled back from.

    The second would otherwise come back unasked: the same reviews and hyperparameters give the same model.
    """
    pointer = run.registry.store.read_pointer().pointer
    if pointer is None:
        return None
    if pointer.data_sha256 == data_sha256:
        return f"Version {pointer.model_version}, which is served,"
    if pointer.change and pointer.change.kind == "rollback" and pointer.previous_version:
        left = run.registry.audit.served_as(pointer.previous_version)
        if left and left.data_sha256 == data_sha256:
            return f"Version {left.model_version}, which was rolled back from,"
    return None


@contextmanager
def feature_errors() -> Iterator[None]:
    """Turn an error of the feature store into one of training, with its message."""
    try:
        yield
    except FeatureError as error:
        raise FeatureStoreError(str(error)) from error
