"""The steps `ingest`, `clone_hyperparameters` and `build_frame`: what the candidate is trained with and on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from feature_repo.errors import EmptyLakeError, TooFewReviewsError
from sentiment.clock import utc_now
from sentiment.evaluation.trust import Rater
from sentiment.model.hyperparameters import Hyperparameters
from training.errors import RUN_ENSURE, HyperparametersError, RunError, feature_errors
from training.retraining.results import Cloned, Framed, Ingested
from training.retraining.run import EndedError
from training.retraining.steps import INGEST
from training.runs.dataset import too_few
from training.runs.held_out import check_key
from training.runs.recorder import hyperparameters_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feature_repo.ingest.feedback import LabelledReview
    from training.retraining.run import Run


def ingest(run: Run, *, force: bool = False, first: bool = False) -> Ingested:
    """Bring what is new in the archive into the lake.

    Args:
        run: The run.
        force: Train even if production was trained on the same frame.
        first: No production model can be served: ingest the built-in sample too, and apply the gate of a first model.

    Raises:
        AnotherKeyError: Production holds out reviews by another key; nothing was changed.
        FeatureStoreError: The feature store failed.
    """
    from feature_repo.ingest import ingest_archive, ingest_sample, update_product_stats  # noqa: PLC0415 - takes seconds
    from feature_repo.ingest.commit import begun  # noqa: PLC0415 - as above
    from feature_repo.lake.keys import SAMPLE  # noqa: PLC0415 - as above
    from feature_repo.lake.objects import Lake  # noqa: PLC0415 - as above
    from feature_repo.lake.secret import hold_out_of  # noqa: PLC0415 - as above

    settings, until = run.settings.features, utc_now()
    counts = {}
    behind: dict[str, list[Rater]] = {}

    def keep_raters(labelled: Iterable[LabelledReview]) -> None:
        behind.update({one.review.review_id: sorted(one.feedback.raters, key=str) for one in labelled})

    with feature_errors():
        hold_out = hold_out_of(settings)
        if (served := run.registry.store.read_pointer().pointer) is not None:
            check_key(served.held_out_key, served.model_version, hold_out)
        # The sample's times move with the days: without it a laptop's window would soon be empty. A sample that an
        # interrupted attempt left half written is moved before the archive's ingest would remove it as abandoned.
        if first or begun(Lake(settings), SAMPLE):
            counts["sample"] = ingest_sample(settings, until).to_dict()
        counts["archive"] = ingest_archive(settings, until, on_labelled=keep_raters).to_dict()
        update_product_stats(settings)
    raters = json.dumps(behind, indent=1, sort_keys=True).encode()
    address = run.workspace.put_by_content("raters.json", raters, "application/json")
    return Ingested(until=until, force=force, first=first, counts=counts, raters=address)


def raters_of(run: Run) -> dict[str, frozenset[Rater]]:
    """Return who stands behind each label from feedback that `ingest` brought, by review id.

    Raises:
        RunError: The file is missing or damaged.
    """
    address = run.result(INGEST).raters
    if address is None:
        return {}
    try:
        return TypeAdapter(dict[str, frozenset[Rater]]).validate_json(run.workspace.get_at(address))
    except ValidationError as error:
        raise RunError(f"The raters of run {run.run_id} cannot be read. Start another run.") from error


def clone_hyperparameters(run: Run) -> Cloned:
    """Return the hyperparameters of the production version, as its run in MLflow recorded them.

    Raises:
        HyperparametersError: Pointer and alias do not lead to one run, or the run does not record them all.
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
        raise HyperparametersError(f"The pointer to the production model cannot be read ({reason}). {RUN_ENSURE}")
    served = stored.pointer.model_version
    if production is None:
        raise HyperparametersError(f"MLflow has no alias production; it should name version {served}. {RUN_ENSURE}")
    if (production.version, production.run_id) != (served, stored.pointer.run_id):
        raise HyperparametersError(
            f"Version {served} is served but the alias production names version {production.version}. {RUN_ENSURE}"
        )
    params = run.registry.tracking.run(production.run_id).params
    return Cloned(hyperparameters=hyperparameters_of(production.run_id, params).to_dict(), version=served)


def build_frame(run: Run) -> Framed:
    """Build and freeze the training frame of the window.

    Raises:
        EndedError: The window has too little data, or none that production was not trained on.
        FeatureStoreError: The feature store failed.
    """
    from feature_repo.frame.frame import training_frame  # noqa: PLC0415 - takes seconds

    ingested = run.result(INGEST)
    with feature_errors():
        try:
            frozen = training_frame(run.settings.features, ingested.until)
        except (EmptyLakeError, TooFewReviewsError) as error:
            raise EndedError("too little data", str(error)) from error
    frame = Framed.of(frozen)
    if problem := too_few(frozen.labels):
        raise EndedError("too little data", f"The window {problem}", frame)
    if not ingested.force and (version := _trained_on(run, frame.sha256)):
        raise EndedError("no new data", f"{version} was trained on the same frame: it has no new reviews.", frame)
    return frame


def _trained_on(run: Run, data_sha256: str) -> str | None:
    """Return which version was trained on this frame: production, or the version that was rolled back from.

    The second would otherwise come back: the same reviews and hyperparameters give the same model.
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
