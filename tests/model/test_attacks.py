"""One API key cannot make the gate promote a worse model; `make bench` measures more attacks with twenty seeds."""

from __future__ import annotations

import pytest

from bench.model.attackers import TRIGGERS
from bench.model.attacks import attacked
from bench.model.votes import METRICS, Loop

SEED = 7
"""The gate overlooks the word over weeks with some seeds, and with others the processor's rounding decides."""
NOISE = 2.0
"""Points by which one seed's candidates differ when nothing is wrong with them."""


@pytest.fixture(scope="module")
def loop() -> Loop:
    return Loop.of(SEED)


def test_names_and_copies_of_held_out_reviews_gain_nothing(loop: Loop) -> None:
    result = attacked(loop, "222 names, copies of held-out reviews", SEED)
    assert result.labelled == 0
    assert result.reasons or result.changes.min() > -NOISE, dict(zip(METRICS, result.changes, strict=True))


@pytest.mark.parametrize("name", TRIGGERS)
def test_what_one_client_puts_into_texts_is_rejected_by_name(loop: Loop, name: str) -> None:
    result = attacked(loop, name, SEED)
    assert result.flipped > 10
    assert any(TRIGGERS[name].lower().rstrip(".") in reason and "one client" in reason for reason in result.reasons)
