"""Feedback at the pace that the documents promise, on a simulated DynamoDB that cancels transactions that meet."""

from __future__ import annotations

from bench.serving.counting import REACH_P95_MS, simulate

SECONDS = 5.0


def test_200_a_second_in_one_hour_are_all_counted_within_100_ms() -> None:
    load = simulate(200, seconds=SECONDS)

    assert load.refused == 0
    assert load.p95_ms <= REACH_P95_MS


def test_an_attack_on_one_shard_refuses_nobody_elses_feedback() -> None:
    load = simulate(100, attack=100, seconds=SECONDS)

    assert load.refused == 0
    assert load.p95_ms <= REACH_P95_MS


def test_one_counter_an_hour_would_not_keep_up() -> None:
    assert simulate(100, shards=1, seconds=2 * SECONDS).refused > 10
