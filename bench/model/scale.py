"""Training on a million reviews: time, memory of all processes and quality, beside two usual ways."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import psutil

from bench.model.contenders import CONTENDERS, NOT_HELD_OUT
from bench.model.data import Reviews, everything, sample
from bench.row import Row
from sentiment.evaluation.metrics import measure
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.training import train
from sentiment.reviews.example import Example
from sentiment.reviews.review import Review

if TYPE_CHECKING:
    from sentiment.model.trained import TrainedModel

REVIEWS = 1_000_000
MAX_SECONDS = 150.0
MAX_MEGABYTES = 1500.0
SAMPLE_EVERY_S = 0.2
RESAMPLES = 1000
NO_WORSE = 0.5
"""Points of macro-F1 that streaming may lose: half of what chance does to so few held-out reviews."""


@dataclass(frozen=True, slots=True)
class Result:
    """One contender's numbers."""

    seconds: float
    megabytes: float
    macro_f1: float
    f1: float
    held_out: int


def run() -> list[Row]:
    """Return the rows of a million resampled reviews, and of streaming compared with training in memory."""
    results = {name: _contender(name) for name in CONTENDERS}
    first = next(iter(results))
    mine = results.pop(first)
    note = f"resampled from real reviews; {mine.held_out:,} held-out reviews have other texts"

    def peers(number: str) -> dict[str, float]:
        return {name: getattr(result, number) for name, result in results.items()}

    return [
        Row(name="time", measured=mine.seconds, reach=MAX_SECONDS, unit="s", peers=peers("seconds"), note=note),
        Row(
            name="peak memory, all processes",
            measured=mine.megabytes,
            reach=MAX_MEGABYTES,
            unit="MB",
            peers=peers("megabytes"),
            note="resident, sampled five times a second; shared pages count for each process",
        ),
        *(
            Row(
                name=f"{label}, held-out reviews",
                measured=getattr(mine, number),
                reach=max(peers(number).values()),
                unit="",
                better="higher",
                peers=peers(number),
                note=note,
            )
            for label, number in (("macro-F1", "macro_f1"), ("F1", "f1"))
        ),
        _beside_memory(everything() or sample()),
    ]


def _contender(name: str) -> Result:
    command = [sys.executable, "-m", "bench.model.contenders", name, str(REVIEWS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        tree, highest = psutil.Process(process.pid), 0
        output = None
        while output is None:
            highest = max(highest, _resident(tree))
            try:
                output, _ = process.communicate(timeout=SAMPLE_EVERY_S)
            except subprocess.TimeoutExpired:
                continue  # still running: sample its memory again
    if process.returncode:
        raise RuntimeError(f"{name} ended with status {process.returncode}")
    return Result(megabytes=highest / 1e6, **json.loads(output))


def _resident(tree: psutil.Process) -> int:
    total = 0
    try:
        for process in (tree, *tree.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0  # a process has just ended: the next sample counts the others
    return total


def _beside_memory(reviews: Reviews) -> Row:
    """Compare streaming with training in memory on the same reviews, few enough for both."""
    held_out = reviews.held_out
    examples = [
        Example(Review(NOT_HELD_OUT, None, "", text, None, "positive" if label else "negative", None, "all"))
        for text, label in zip(reviews.texts[~held_out], reviews.labels[~held_out], strict=True)
    ]
    truth = reviews.labels[held_out] == 1
    in_memory, streamed = (
        _probabilities(train(examples, Hyperparameters(stream_above=above)), reviews) for above in (len(examples), 0)
    )
    random = np.random.default_rng(0)
    lost = []
    for _ in range(RESAMPLES):
        rows = random.integers(len(truth), size=len(truth))
        lost.append(measure(truth[rows], in_memory[rows]).macro_f1 - measure(truth[rows], streamed[rows]).macro_f1)
    low, high = 100 * np.quantile(lost, (0.025, 0.975))
    before, after = measure(truth, in_memory), measure(truth, streamed)
    return Row(
        name="macro-F1 lost by streaming",
        measured=100 * (before.macro_f1 - after.macro_f1),
        reach=NO_WORSE,
        unit="points",
        note=f"{len(examples):,} reviews: {before.macro_f1:.4f} in memory, {after.macro_f1:.4f} streamed; "
        f"95 % of resamples of the held-out reviews lie between {low:+.2f} and {high:+.2f}; "
        f"calibration error {100 * before.calibration_error:.1f} % "
        f"and {100 * after.calibration_error:.1f} %",
    )


def _probabilities(model: TrainedModel, reviews: Reviews) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    probabilities: np.ndarray[tuple[int], np.dtype[np.float64]] = model.pipeline.predict_proba(
        list(reviews.texts[reviews.held_out])
    )[:, 1]
    return probabilities
