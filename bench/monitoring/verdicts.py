"""How often an alarm on quality is wrong, and how soon it is right, by simulated streams of audited labels.

Whoever looks after every label gives chance as many opportunities. Each alarm says that accuracy is below the limit,
the accuracy at promotion less the margin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

from bench.row import Row
from monitoring.monitor.figures import MARGIN
from sentiment.evaluation.confidence_sequence import TIGHTEST_AT
from sentiment.evaluation.live_quality import Z95
from sentiment.evaluation.quality_fall import ALPHA, FALLS, evidence_of_a_fall

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Alarms = NDArray[np.bool_]

STREAMS = 1000
LABELS = 5000
AT_PROMOTION = 0.90
LIMIT = AT_PROMOTION - MARGIN
A_DAY = 50
"""Labels of a day."""
HEALTHY = 2000
"""Labels before a fall that comes late."""
FALL = 0.05
RECENT = 100
"""Labels behind the accuracy that a rule with a threshold looks at."""
FOR = 15
"""Looks in a row that such a rule waits, as `for: 15m` does with a look every minute."""


def fall_alarms(right: NDArray[np.int64]) -> Alarms:
    """Return after which labels the evidence of a fall reaches 1 / ALPHA.

    The formula is that of `sentiment.evaluation.quality_fall`, for all streams at once; `check` compares both.

    Args:
        right: How many labels so far confirm the prediction, shape (streams, labels).
    """
    confirm = np.diff(right, axis=1, prepend=0)
    proportions = LIMIT - np.array([fall for fall in FALLS if fall < LIMIT])
    factors = np.stack([(1 - proportions) / (1 - LIMIT), proportions / LIMIT])  # of a label that refutes, and confirms
    bets = np.zeros((right.shape[0], len(proportions)))
    alarms: Alarms = np.zeros(right.shape, dtype=np.bool_)
    for label in range(right.shape[1]):
        day = label // A_DAY + 1
        if label % A_DAY == 0:
            bets += 1 / (day * (day + 1) * len(proportions))
        bets *= factors[confirm[:, label]]
        alarms[:, label] = bets.sum(axis=1) + 1 / (day + 1) >= 1 / ALPHA
    return alarms


def sequence_alarms(right: NDArray[np.int64]) -> Alarms:
    """Return after which labels the whole confidence sequence of all labels so far is below the limit."""
    trials = np.arange(1, right.shape[1] + 1)
    wrong = trials - right
    twice = 2 * np.log(1 / ALPHA)
    strength = TIGHTEST_AT / (twice + np.log1p(twice)) - 1
    ones, others = strength * LIMIT, strength * (1 - LIMIT)
    evidence = (
        (gammaln(ones + right) + gammaln(others + wrong) - gammaln(strength + trials))
        - (gammaln(ones) + gammaln(others) - gammaln(strength))
        - right * np.log(LIMIT)
        - wrong * np.log1p(-LIMIT)
    )
    alarms: Alarms = (evidence >= np.log(1 / ALPHA)) & (right / trials < LIMIT)
    return alarms


def wilson_alarms(right: NDArray[np.int64]) -> Alarms:
    """Return after which labels the upper bound of Wilson's 95 % interval is below the limit."""
    trials = np.arange(1, right.shape[1] + 1)
    share, square = right / trials, Z95**2 / trials
    upper = (share + square / 2 + np.sqrt(share * (1 - share) * square + square**2 / 4)) / (1 + square)
    alarms: Alarms = upper < LIMIT
    return alarms


def threshold_alarms(right: NDArray[np.int64]) -> Alarms:
    """Return after which labels the accuracy of the last hundred was below the limit at fifteen looks in a row."""
    before = np.pad(right, ((0, 0), (RECENT, 0)))[:, : right.shape[1]]
    below = np.cumsum((right - before) / RECENT < LIMIT, axis=1)
    in_a_row: NDArray[np.int64] = below - np.pad(below, ((0, 0), (FOR, 0)))[:, : below.shape[1]]
    alarms: Alarms = (in_a_row == FOR) & (np.arange(1, right.shape[1] + 1) >= RECENT + FOR)
    return alarms


def estimate_alarms(right: NDArray[np.int64]) -> Alarms:
    """Return after which labels CBPE is below the limit: never, since the probabilities stay what they were.

    It estimates accuracy as the mean of max(p, 1 - p); what words mean has changed, not what the model makes of them.
    """
    return np.full(right.shape, AT_PROMOTION < LIMIT)


MONITOR = "evidence of a fall"
ALARMS: dict[str, Callable[[NDArray[np.int64]], Alarms]] = {
    MONITOR: fall_alarms,
    "confidence sequence of all labels": sequence_alarms,
    "Wilson's interval, after every label": wilson_alarms,
    "threshold for 15 looks": threshold_alarms,
    "CBPE": estimate_alarms,
}


def streams(accuracy: float, seed: int, *, healthy: int = 0, labels: int = LABELS) -> NDArray[np.int64]:
    """Return how many labels so far confirm the prediction, shape (streams, healthy + labels)."""
    random = np.random.default_rng(seed)
    expected = np.repeat([AT_PROMOTION, accuracy], [healthy, labels])
    return np.cumsum(random.random((STREAMS, healthy + labels)) < expected, axis=1)


def accused(accuracy: float, seed: int = 0) -> dict[str, float]:
    """Return in which share of streams of this accuracy each alarm is ever raised."""
    right = streams(accuracy, seed)
    return {name: float(alarms(right).any(axis=1).mean()) for name, alarms in ALARMS.items()}


def labels_needed(accuracy: float, *, healthy: int, seed: int = 0) -> dict[str, float]:
    """Return how many labels after a fall half of the streams have raised each alarm; infinite if they never do."""
    right = streams(accuracy, seed, healthy=healthy)
    found = {}
    for name, alarms in ALARMS.items():
        raised = alarms(right)
        raised = raised[~raised[:, :healthy].any(axis=1), healthy:]  # those that accused nobody before
        first = np.where(raised.any(axis=1), raised.argmax(axis=1) + 1.0, np.inf)
        found[name] = float(np.quantile(first, 0.5, method="higher")) if len(first) else np.inf
    return found


def check() -> None:
    """Raise an error unless the formula above agrees with what the monitor computes."""
    right = streams(AT_PROMOTION - FALL, seed=1)[:20]
    alarms = fall_alarms(right)
    for stream in range(len(right)):
        for label in range(99, LABELS, 500):
            so_far = np.append(right[stream, A_DAY - 1 : label : A_DAY], right[stream, label])
            counts = np.append(np.full(len(so_far) - 1, A_DAY), label % A_DAY + 1)
            days = zip(np.diff(so_far, prepend=0).tolist(), counts.tolist(), strict=True)
            if alarms[stream, label] != (evidence_of_a_fall(days, LIMIT) >= 1 / ALPHA):
                raise AssertionError(f"stream {stream}, label {label + 1}: the formula and the monitor differ")


def run() -> list[Row]:
    """Return how often healthy models are accused, and how many labels it takes to find a fall."""
    check()
    rows = []
    for accuracy, which in ((AT_PROMOTION, "holds its quality"), (LIMIT, "is at the limit")):
        shares = accused(accuracy)
        rows.append(
            Row(
                name=f"ever accused, of models whose accuracy {which}",
                measured=100 * shares.pop(MONITOR),
                reach=5.0,
                unit="%",
                peers={name: 100 * share for name, share in shares.items()},
                note=f"{STREAMS:,} streams of {LABELS:,} audited labels; limit {100 * LIMIT:.0f} %",
            )
        )
    for healthy, when in ((0, "at promotion"), (HEALTHY, f"{HEALTHY:,} labels later")):
        needed = labels_needed(AT_PROMOTION - FALL, healthy=healthy)
        rows.append(
            Row(
                name=f"labels to find a fall of {100 * FALL:.0f} points {when}",
                measured=needed.pop(MONITOR),
                unit="labels",
                peers={name: labels for name, labels in needed.items() if np.isfinite(labels)},
                note=f"median; accuracy is {100 * (LIMIT - AT_PROMOTION + FALL):.0f} points below the limit, {A_DAY} "
                "labels a day. CBPE never finds it: the probabilities do not change. Who found it before it happened "
                "does not count",
            )
        )
    return rows
