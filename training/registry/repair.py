"""Make pointer, artifact and alias agree again.

A version that is served and can be served stays: the alias follows the pointer, and a tracking server that lost the
version gets it back. If nothing can be served, the registry's version is exported again; if that is lost too, a first
model is trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.errors import PromotionRefusedError
from training.registry.registry import open_registry
from training.registry.restore import restore

if TYPE_CHECKING:
    from collections.abc import Callable

    from sentiment.schemas.pointer import Pointer
    from training.registry.registry import Registry
    from training.registry.state import State
    from training.settings import Settings


def repair(settings: Settings, state: State, *, step: Callable[[str], None], first_model: Callable[[], str]) -> str:
    """Repair the state and return in one line what was wrong and what was done.

    Args:
        settings: Where MLflow and the bucket are.
        state: What they say is in production.
        step: Called with what starts.
        first_model: Trains and promotes a first model and returns its version.

    Raises:
        TrainingError: A server does not answer, or no model can be served.
    """
    registry = open_registry(settings)
    pointer = state.stored.pointer
    if pointer and state.artifact is not None:
        if _knows(registry, pointer):
            return _move_alias(registry, state, pointer)
        step("Restoring in MLflow the version that it lost")
        restored = restore(registry, state.stored, pointer, state.artifact)
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
            return f"Version {version} is served again ({reason})."
    number = first_model()
    why = f" ({reason})" if state.problem or named else ""
    return f"Version {number}, trained on the built-in sample, is served now{why}."


def _knows(registry: Registry, pointer: Pointer) -> bool:
    try:
        return registry.tracking.version(pointer.model_version).run_id == pointer.run_id
    except PromotionRefusedError:
        return False


def _move_alias(registry: Registry, state: State, pointer: Pointer) -> str:
    registry.settle_alias()
    named = f"named version {state.production.version}" if state.production else "was missing"
    return f"Version {pointer.model_version} is in production; the alias {named} and was moved to it."
