"""The gate on resampled predictions of real models: how often it promotes worse ones and rejects better ones.

At most 5 % false promotions at the margin, and four of five models that are better by the margin promoted.
`make bench` prints the same with more resamples, at 300, 1,000 and 3,000 held-out reviews.
"""

from __future__ import annotations

import numpy as np
import pytest

from bench.model import gate
from sentiment.evaluation.gate import GateSettings

# A quarter of the gate's resamples: each of thousands of decisions then takes a millisecond, and the bounds are
# noisier but right on average.
SETTINGS = GateSettings(resamples=500)
FALSE_PROMOTIONS = 0.05
FALSE_REJECTIONS = 0.20


@pytest.fixture(scope="module")
def pool() -> gate.Pool:
    return gate.pool()


def worse_by(pool: gate.Pool, lost: float) -> gate.Labels:
    return pool.changed(-lost, gate.DISAGREEMENT, np.random.default_rng(1))


def test_the_simulated_difference_is_the_requested_one(pool: gate.Pool) -> None:
    worse = worse_by(pool, 0.01)
    assert pool.macro_f1(worse) - pool.macro_f1(pool.strong) == pytest.approx(-0.01, abs=0.001)
    assert float(np.mean(worse != pool.strong)) == pytest.approx(gate.DISAGREEMENT, abs=0.001)


@pytest.mark.parametrize("held_out", [300, 1000])
def test_a_model_worse_by_the_margin_is_promoted_at_most_once_in_twenty(pool: gate.Pool, held_out: int) -> None:
    worse = worse_by(pool, SETTINGS.margin_of(held_out))
    shares = gate.simulate(pool, worse, pool.strong, held_out, SETTINGS)
    assert shares["together"] <= FALSE_PROMOTIONS


def test_both_rules_promote_worse_models_less_often_than_either(pool: gate.Pool) -> None:
    worse = worse_by(pool, gate.POINT)
    shares = {n: gate.simulate(pool, worse, pool.strong, n, SETTINGS) for n in gate.HELD_OUT}
    for found in shares.values():
        assert found["together"] <= min(found[">= alone"], found["non-inferiority alone"])
    assert shares[300]["together"] > shares[1000]["together"] > shares[3000]["together"]
    assert shares[3000]["together"] <= FALSE_PROMOTIONS
    # 300 reviews cannot detect one point; the margin says so.
    assert SETTINGS.margin_of(300) > 2 * gate.POINT


def test_a_model_better_by_the_margin_is_rejected_at_most_once_in_five(pool: gate.Pool) -> None:
    worse = pool.changed(-SETTINGS.margin_of(1000), SETTINGS.disagreement, np.random.default_rng(1))
    shares = gate.simulate(pool, pool.strong, worse, 1000, SETTINGS)
    assert 1 - shares["together"] <= FALSE_REJECTIONS


def test_fifty_worse_candidates_do_not_creep_past_twice_the_margin(pool: gate.Pool) -> None:
    held_out, limit = 1000, 2 * SETTINGS.margin_of(1000)
    lost = [-change for change in gate.creep(pool, held_out, gate.PROMOTES["together"], SETTINGS, chains=6)]
    assert max(lost) <= limit
    alone = gate.creep(pool, held_out, gate.PROMOTES["non-inferiority alone"], SETTINGS, chains=2)
    assert -min(alone) > limit  # hence the other rules
