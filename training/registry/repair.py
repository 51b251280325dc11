"""Make pointer, artifact and alias agree again.

A version that is served and can be served stays: the alias follows the pointer, and a tracking server that lost the
version gets it back. If nothing can be served, the registry's version is exported again; if that is lost too, a first
model is trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mlflow

from sentiment.clock import utc_now
from sentiment.model.artifact import load
from sentiment.schemas.pointer import Change
from training.errors import PromotionRefusedError
from training.registry.lineage import Lineage
from training.registry.names import EXPORT_FOLDER, MODEL_NAME, TAG_SHA256
from training.registry.registry import open_registry
from training.registry.tracking import log_export

if TYPE_CHECKING:
    from collections.abc import Callable

    from sentiment.schemas.pointer import Pointer
    from training.registry.registry import Registry
    from training.registry.state import State
    from training.registry.storage import StoredPointer
    from training.registry.tracking import Tracking
    from training.registry.tracking_server import RegisteredVersion
    from training.settings import Settings

TAG_RESTORED = "restored_from_run"


def repair(settings: Settings, state: State, *, step: Callable[[str], None], first_model: Callable[[], str]) -> str:
    """Repair the state and return in one line what was wrong and what was done; the parameters are those of `ensure`.

    Raises:
        TrainingError: A server does not answer, or no model can be served.
    """
    registry = open_registry(settings)
    pointer = state.stored.pointer
    if pointer and state.artifact is not None:
        if _knows(registry, pointer):
            return _move_alias(registry, state, pointer)
        step("Restoring in MLflow the version that it lost")
        restored = _restore(registry, state.stored, pointer, state.artifact)
        return f"MLflow had lost version {pointer.model_version}, which is served. Restored it as version {restored}."
    named = [pointer.model_version] if pointer and _knows(registry, pointer) else []
    if state.production and state.production.version not in named:
        named.append(state.production.version)
    reason = state.problem or "there was no pointer"
    for version in named:
        try:
            registry.promote(version)
        except PromotionRefusedError as refusal:
            reason += f"; {refusal}"
        else:
            return f"Version {version} is promoted again ({reason})."
    number = first_model()
    why = f" ({reason})" if state.problem or named else ""
    return f"Version {number}, trained on the built-in sample, is promoted{why}."


def _knows(registry: Registry, pointer: Pointer) -> bool:
    try:
        return registry.tracking.version(pointer.model_version).run_id == pointer.run_id
    except PromotionRefusedError:
        return False


def _move_alias(registry: Registry, state: State, pointer: Pointer) -> str:
    registry.settle_alias()
    named = f"named version {state.production.version}" if state.production else "was missing"
    return f"Version {pointer.model_version} is in production; the alias {named} and was moved to it."


def _restore(registry: Registry, stored: StoredPointer, pointer: Pointer, artifact: bytes) -> str:
    """Register the served artifact again under its number, and return that number.

    Lower numbers are used up, so that none ever names two models: predictions and quality counters carry them. If the
    server has given the number to another model since, the next free one is used.

    Raises:
        PromotionConflictError: Another version was promoted meanwhile; it stays.
        TrackingError: MLflow does not answer.
        StorageError: S3 does not answer.
    """
    version = _restored_before(registry.tracking, pointer) or _restored_now(registry.tracking, pointer, artifact)
    reason = f"MLflow had lost version {pointer.model_version}, which is served, and it was restored."
    change = Change(kind="repair", reason=reason, at=utc_now())
    replacement = pointer.model_copy(
        update={"run_id": version.run_id, "model_version": version.version, "change": change}
    )
    registry.serve(replacement, replacing=stored)
    return version.version


def _restored_before(tracking: Tracking, pointer: Pointer) -> RegisteredVersion | None:
    """Return the version that an interrupted attempt registered."""
    try:
        found = tracking.version(pointer.model_version)
    except PromotionRefusedError:
        return None
    return found if found.tags.get(TAG_RESTORED) == pointer.run_id else None


def _restored_now(tracking: Tracking, pointer: Pointer, artifact: bytes) -> RegisteredVersion:
    with tracking.errors():
        tracking.use_experiment()
        description = (
            f"Version {pointer.model_version} as it is served: the database that held its run "
            f"(`{pointer.run_id}`) was lost. The serving export, its hyperparameters and its metrics are "
            "restored; plots and the scikit-learn model are lost."
        )
        tags = {TAG_RESTORED: pointer.run_id, TAG_SHA256: pointer.sha256}
        if pointer.data_sha256:
            tags |= Lineage(
                data_sha256=pointer.data_sha256,
                feature_service=pointer.feature_service,
                held_out_key=pointer.held_out_key,
            ).tags()
        name = f"restored-version-{pointer.model_version}"
        with mlflow.start_run(run_name=name, description=description, tags=tags) as run:
            mlflow.log_params(load(artifact, sha256=pointer.sha256).training.get("hyperparameters", {}))
            mlflow.log_metrics(pointer.metrics)
            log_export(artifact)
            run_id, source = run.info.run_id, mlflow.get_artifact_uri(EXPORT_FOLDER)
        while True:
            number = tracking.register(run_id=run_id, source=source, description=description, tags=tags)
            if not _below(number, pointer.model_version):
                return tracking.version(number)
            tracking.client.delete_model_version(MODEL_NAME, number)


def _below(number: str, other: str) -> bool:
    return number.isdigit() and other.isdigit() and int(number) < int(other)
