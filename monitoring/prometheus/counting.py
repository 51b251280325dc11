"""How much the counters of execution environments went up in a window."""

from __future__ import annotations

from monitoring.prometheus.jobs import PUSHGATEWAY


def went_up(counter: str, *, window: str, by: str) -> str:
    """Return the expression of how much a counter went up, summed over the environments that have it or had it.

    `increase()` would not do. It extrapolates, so it counts no whole requests. It takes the first value of a series as
    a start, and so misses the only failure of an environment that fails at its first request. Here a series counts

    - what it has at the end of the window, or had when its group went, less what it had before the window;
    - 1 at most for its first value, because it need not be new: the group of an environment that was idle is deleted,
      and comes back with all that it ever counted;
    - nothing for its first value if the pushgateway did not answer before the window, for then every series is new.

    An environment never counts backwards: each has an instance of its own.

    Args:
        counter: A selector of the counter, such as `name{code="500"}`.
        window: Such as `1m`.
        by: The labels that stay, separated by commas.
    """
    return f"""\
sum by ({by}) (
    (max_over_time({counter}[{window}]) - {counter} offset {window})
  or
    (max_over_time({counter}[{window}]) - clamp_min(min_over_time({counter}[{window}]) - 1, 0))
    and on () (max(up{{job="{PUSHGATEWAY}"}} offset {window}) == 1)
)"""
