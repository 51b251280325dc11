"""Calls are counted by route, status and duration, in a bounded number of series."""

from __future__ import annotations

from lambdas.shared.pushing.counts import _MOST_ROUTES, Counts
from sentiment.schemas.metrics import REQUEST_BUCKETS_S


def test_a_call_counts_in_the_bucket_whose_bound_it_just_reaches() -> None:
    counts = Counts()
    for seconds in (0.0, 0.001, 0.0011, 0.25, 10.0, 11.0):
        counts.add("/predict", "200", seconds)

    buckets, total_s = counts.so_far().durations["/predict"]
    by_bound = dict(zip((*REQUEST_BUCKETS_S, "more"), buckets, strict=True))
    assert {bound: number for bound, number in by_bound.items() if number} == {
        0.001: 2,
        0.0025: 1,
        0.25: 1,
        10.0: 1,
        "more": 1,
    }
    assert total_s == 0.0 + 0.001 + 0.0011 + 0.25 + 10.0 + 11.0


def test_failures_are_counted_from_a_routes_first_call_on() -> None:
    counts = Counts()
    counts.add("/predict", "200", 0.01)

    assert counts.so_far().requests == {("/predict", "200"): 1, ("/predict", "500"): 0, ("/predict", "503"): 0}


def test_however_many_routes_are_named_few_are_told_apart() -> None:
    counts = Counts()
    for number in range(1000):
        counts.add(f"/{number}", "404", 0.01)

    counted = counts.so_far()
    assert len(counted.durations) == _MOST_ROUTES + 1
    assert counted.requests["-", "404"] == 1000 - _MOST_ROUTES


def test_what_was_read_does_not_change_with_later_calls() -> None:
    counts = Counts()
    counts.add("/predict", "200", 0.01)
    before = counts.so_far()
    counts.add("/predict", "200", 0.01)

    assert before.requests["/predict", "200"] == 1
    assert sum(before.durations["/predict"].buckets) == 1
