"""Training from disk finds the weights of training in memory, in other coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.sparse import diags, hstack

from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.streaming import fitting
from sentiment.model.streaming.blocks import Block, block_of
from sentiment.model.streaming.fitting import Moments, Objective, fit_weights
from sentiment.model.training import fit_weights as fit_in_memory

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sentiment.model.streaming.featurising import Chunk

SETTINGS = Hyperparameters(regularization_c=2.0)


@dataclass
class Prepared:
    block: Block
    moments: Moments
    objective: Objective


@pytest.fixture
def prepared(chunk: Chunk) -> Prepared:
    vocabulary = chunk.hashes[chunk.held_by >= 3]
    block = block_of(chunk, vocabulary)
    moments = Moments(len(vocabulary))
    moments.add(block)
    objective = Objective([block], moments, regularization_c=SETTINGS.regularization_c, min_reviews=2)
    return Prepared(block, moments, objective)


def test_the_gradient_is_that_of_the_loss(prepared: Prepared) -> None:
    random = np.random.default_rng(0)
    point: NDArray[np.float64] = random.normal(size=prepared.objective.size)
    _, gradient = prepared.objective(point)
    for direction in random.normal(size=(5, len(point))):
        step = 1e-4 * direction
        risen = prepared.objective(point + step)[0] - prepared.objective(point - step)[0]
        assert risen / 2e-4 == pytest.approx(float(gradient @ direction), rel=1e-4, abs=1e-3)


def test_the_lowest_loss_is_at_the_weights_of_training_in_memory(prepared: Prepared) -> None:
    block = prepared.block
    trained = ~block.reserved
    width = len(prepared.moments.held_by[0])
    matrix = hstack([diags(block.norms) @ block.presence(width), block.values.astype(np.float64)]).tocsr()
    weights, intercept = fit_in_memory(
        matrix[trained], block.labels[trained].astype(np.int64), block.weights[trained], SETTINGS
    )
    found = minimize(
        prepared.objective,
        np.zeros(prepared.objective.size),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9},
    )
    model = prepared.objective.model(found.x)
    np.testing.assert_allclose(model.ngrams, weights[:width], atol=2e-2)
    np.testing.assert_allclose(model.values, weights[width:], atol=2e-2)
    assert model.intercept == pytest.approx(intercept, abs=2e-2)


def test_reserved_reviews_move_no_weight(prepared: Prepared) -> None:
    block = prepared.block
    turned = block._replace(labels=np.where(block.reserved, 1 - block.labels, block.labels).astype(np.int8))
    point = np.full(prepared.objective.size, 0.1)
    other = Objective([turned], prepared.moments, regularization_c=2.0, min_reviews=2)
    assert other(point)[0] == prepared.objective(point)[0]
    np.testing.assert_array_equal(other(point)[1], prepared.objective(point)[1])
    assert other.reserved_loss != prepared.objective.reserved_loss


def test_the_fit_stops_at_the_lowest_loss_of_the_reserved_reviews(prepared: Prepared) -> None:
    losses = []

    class Watched(Objective):
        def __call__(self, point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            answer = super().__call__(point)
            losses.append(self.reserved_loss)
            return answer

    watched = Watched([prepared.block], prepared.moments, regularization_c=1e4, min_reviews=2)
    model = fit_weights(watched)
    log_odds = model.log_odds(prepared.block)
    best = min(losses)
    balanced = prepared.block.weights * prepared.moments.balance()[prepared.block.labels]
    signs = np.where(prepared.block.labels == 1, 1.0, -1.0)
    reserved = prepared.block.reserved
    reached = np.average(np.logaddexp(0, -signs * log_odds)[reserved], weights=balanced[reserved])
    assert reached == pytest.approx(best)
    assert losses[-1] > best
    assert len(losses) < fitting.MAX_STEPS
