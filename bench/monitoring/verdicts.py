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
from sentiment.evaluation.confidence_sequence import ALPHA, TIGHTEST_AT, confidence_interval
from sentiment.evaluation.live_quality import Z95

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Alarms = NDArray[np.bool_]

STREAMS = 1000
LABELS = 5000
AT_PROMOTION = 0.90
LIMIT = AT_PROMOTION - MARGIN
FALL = 0.05
RECENT = 100
"""Labels behind the accuracy that a rule with a threshold looks at."""
FOR = 15
"""Looks in a row that such a rule waits, as `for: 15m` does with a look every minute."""


def sequence_alarms(right: NDArray[np.int64]) -> Alarms:
    """Return after which labels the whole confidence sequence is below the limit.

    The formula is that of `sentiment.evaluation.confidence_sequence`, for all labels at once; `check` compares both.

    Args:
        right: How many labels so far confirm the prediction, shape (streams, labels).
    """
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


ALARMS: dict[str, Callable[[NDArray[np.int64]], Alarms]] = {
    "confidence sequence": sequence_alarms,
    "Wilson's interval, after every label": wilson_alarms,
    "threshold for 15 looks": threshold_alarms,
    "CBPE": estimate_alarms,
}


def streams(accuracy: float, seed: int) -> NDArray[np.int64]:
    """Return how many labels so far confirm the prediction, shape (streams, labels)."""
    random = np.random.default_rng(seed)
    return np.cumsum(random.random((STREAMS, LABELS)) < accuracy, axis=1)


def accused(accuracy: float, seed: int = 0) -> dict[str, float]:
    """Return in which share of streams of this accuracy each alarm is ever raised."""
    right = streams(accuracy, seed)
    return {name: float(alarms(right).any(axis=1).mean()) for name, alarms in ALARMS.items()}


def labels_needed(accuracy: float, seed: int = 0) -> dict[str, float]:
    """Return after how many labels half of the streams have raised each alarm; infinite if they never do."""
    right = streams(accuracy, seed)
    found = {}
    for name, alarms in ALARMS.items():
        raised = alarms(right)
        first = np.where(raised.any(axis=1), raised.argmax(axis=1) + 1.0, np.inf)
        found[name] = float(np.quantile(first, 0.5, method="higher"))
    return found


def check() -> None:
    """Raise an error unless the formula above agrees with the monitor's intervals."""
    right = streams(AT_PROMOTION - FALL, seed=1)[:20]
    alarms = sequence_alarms(right)
    for stream in range(len(right)):
        for label in range(99, LABELS, 500):
            upper = confidence_interval(int(right[stream, label]), label + 1).upper
            if alarms[stream, label] != (upper < LIMIT):
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
                measured=100 * shares.pop("confidence sequence"),
                reach=5.0,
                unit="%",
                peers={name: 100 * share for name, share in shares.items()},
                note=f"{STREAMS:,} streams of {LABELS:,} audited labels; limit {100 * LIMIT:.0f} %",
            )
        )
    needed = labels_needed(AT_PROMOTION - FALL)
    rows.append(
        Row(
            name=f"audited labels until a fall of {100 * FALL:.0f} points is found",
            measured=needed.pop("confidence sequence"),
            unit="labels",
            peers={name: labels for name, labels in needed.items() if np.isfinite(labels)},
            note=f"median; accuracy is {100 * (LIMIT - AT_PROMOTION + FALL):.0f} points below the limit. CBPE never "
            "finds it: the probabilities do not change",
        )
    )
    return rows
