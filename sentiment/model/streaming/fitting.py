"""The weights at which the loss of the reserved reviews is lowest on the way to the lowest loss of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sentiment.model.streaming.objective import Model, Objective

MAX_STEPS = 50
PATIENCE = 5
"""Steps in a row without a lower loss of the reserved reviews, after which no more are taken."""


def fit_weights(objective: Objective) -> Model:
    """Return the weights that L-BFGS finds (Liu and Nocedal 1989), stopped early where more steps only memorise."""
    lowest = np.inf
    best: NDArray[np.float64] = np.zeros(objective.size)
    in_vain = 0

    def after_step(intermediate_result: object) -> None:
        nonlocal lowest, best, in_vain
        if objective.reserved_loss < lowest:
            lowest, in_vain = objective.reserved_loss, 0
            best = np.array(intermediate_result.x)  # type: ignore[attr-defined]  # scipy has no types
        else:
            in_vain += 1
            if in_vain == PATIENCE:
                raise StopIteration

    minimize(
        objective,
        best,
        jac=True,
        method="L-BFGS-B",
        callback=after_step,
        options={"maxiter": MAX_STEPS, "ftol": 1e-9, "gtol": 0.0},
    )
    return objective.model(best)
