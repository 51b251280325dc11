"""The hyperparameters of an earlier model, from its run in MLflow."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from sentiment.model.hyperparameters import Hyperparameters
from training.errors import HyperparametersError
from training.runs.recorder import DATA_PARAMS

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = {field.name for field in fields(Hyperparameters)}
_REMEDY = "To make a version that records them all, run `python -m training run --promote`"


def hyperparameters_of(run_id: str, params: Mapping[str, str]) -> Hyperparameters:
    """Return the hyperparameters that a run recorded; none is guessed.

    Raises:
        HyperparametersError: One is missing, invalid or unknown.
    """
    unknown = sorted(set(params) - _NAMES - set(DATA_PARAMS))
    if unknown:
        raise HyperparametersError(f"Run {run_id} has unknown parameters: {', '.join(unknown)}. {_REMEDY}.")
    missing = sorted(_NAMES - set(params))
    if missing:
        raise HyperparametersError(f"Run {run_id} does not record the parameters {', '.join(missing)}. {_REMEDY}.")
    try:
        return Hyperparameters.from_dict({name: params[name] for name in _NAMES})
    except ValueError as error:
        raise HyperparametersError(f"The parameters of run {run_id} are invalid: {error}. {_REMEDY}.") from error
