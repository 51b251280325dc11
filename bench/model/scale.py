"""Training on a million reviews: time, memory of all processes and quality, beside two usual ways.

Real reviews are drawn with replacement; the held-out reviews have other texts. Each contender runs in a process of its
own, so that memory and time are its own: `python -m bench.model.scale NAME` prints them as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import psutil
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier

from bench.model.data import Reviews, everything, sample
from bench.row import Row
from sentiment.evaluation.metrics import measure
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.training import train
from sentiment.reviews.example import Example
from sentiment.reviews.review import Review

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    Probabilities = Callable[[list[str]], NDArray[np.float64]]

REVIEWS = 1_000_000
MAX_SECONDS = 150.0
MAX_MEGABYTES = 1500.0
SAMPLE_EVERY_S = 0.2
RESAMPLES = 1000
NO_WORSE = 0.5
"""Points of macro-F1 that streaming may lose: half of what chance does to so few held-out reviews."""

SEED = 0
BATCH = 10_000


def resampled(reviews: Reviews) -> Iterator[tuple[str, int]]:
    """Yield a million texts with their labels, drawn from the reviews that are not held out."""
    rows = np.flatnonzero(~reviews.held_out)
    for row in np.random.default_rng(SEED).choice(rows, size=REVIEWS):
        yield reviews.texts[row], int(reviews.labels[row])


def ours(reviews: Reviews) -> Probabilities:
    """Train as the project does, with the default hyperparameters."""
    return _trained(resampled(reviews), Hyperparameters())


def tfidf_and_logistic_regression(reviews: Reviews) -> Probabilities:
    """Train logistic regression on TF-IDF of 1- and 2-grams, all in memory, texts from a generator."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    matrix = vectorizer.fit_transform(text for text, _ in resampled(reviews))
    labels = np.array([label for _, label in resampled(reviews)])
    model = LogisticRegression(max_iter=1000, solver="liblinear").fit(matrix, labels)
    return lambda texts: model.predict_proba(vectorizer.transform(texts))[:, 1]


def hashing_and_sgd(reviews: Reviews) -> Probabilities:
    """Train by stochastic gradient descent on hashed 1- and 2-grams, with one batch in memory at a time.

    `alpha` is the best of 1e-4 (the default), 1e-5 and 1e-6 on the held-out reviews.
    """
    vectorizer = HashingVectorizer(ngram_range=(1, 2), alternate_sign=False)
    model = SGDClassifier(loss="log_loss", alpha=1e-6, random_state=SEED)
    drawn = resampled(reviews)
    while batch := list(islice(drawn, BATCH)):
        texts, labels = zip(*batch, strict=True)
        model.partial_fit(vectorizer.transform(texts), labels, classes=(0, 1))
    return lambda texts: model.predict_proba(vectorizer.transform(texts))[:, 1]


CONTENDERS: dict[str, Callable[[Reviews], Probabilities]] = {
    "ours": ours,
    "TfidfVectorizer + LogisticRegression": tfidf_and_logistic_regression,
    "HashingVectorizer + SGDClassifier": hashing_and_sgd,
}


def run() -> list[Row]:
    """Return the rows of a million resampled reviews, and of streaming compared with training in memory."""
    results = {name: _contender(name) for name in CONTENDERS}
    mine = results.pop("ours")
    note = f"resampled from real reviews; {mine['held_out']:,.0f} held-out reviews have other texts"

    def peers(number: str) -> dict[str, float]:
        return {name: result[number] for name, result in results.items()}

    return [
        Row(name="time", measured=mine["seconds"], reach=MAX_SECONDS, unit="s", peers=peers("seconds"), note=note),
        Row(
            name="peak memory, all processes",
            measured=mine["megabytes"],
            reach=MAX_MEGABYTES,
            unit="MB",
            peers=peers("megabytes"),
            note="resident, sampled five times a second; shared pages count for each process",
        ),
        *(
            Row(
                name=f"{label}, held-out reviews",
                measured=mine[number],
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


def _contender(name: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.model.scale", name]
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
    return {"megabytes": highest / 1e6, **json.loads(output)}


def _resident(tree: psutil.Process) -> int:
    try:
        return sum(process.memory_info().rss for process in (tree, *tree.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0  # a process has just ended: the next sample counts the others


def _beside_memory(reviews: Reviews) -> Row:
    """Compare streaming with training in memory on the same reviews, few enough for both."""
    held_out = reviews.held_out
    texts, truth = list(reviews.texts[held_out]), reviews.labels[held_out] == 1
    pairs = list(zip(reviews.texts[~held_out], reviews.labels[~held_out], strict=True))
    in_memory, streamed = (_trained(pairs, Hyperparameters(stream_above=above))(texts) for above in (len(pairs), 0))
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
        note=f"{len(pairs):,} reviews: {before.macro_f1:.4f} in memory, {after.macro_f1:.4f} streamed; "
        f"95 % of resamples of the held-out reviews lie between {low:+.2f} and {high:+.2f}; "
        f"calibration error {100 * before.calibration_error:.1f} % "
        f"and {100 * after.calibration_error:.1f} %",
    )


def _trained(pairs: Iterable[tuple[str, int]], hyperparameters: Hyperparameters) -> Probabilities:
    """Train on texts with their labels."""
    examples = (
        Example(Review("", None, "", text, None, "positive" if label else "negative", None, "all"))
        for text, label in pairs
    )
    pipeline = train(examples, hyperparameters).pipeline
    return lambda texts: pipeline.predict_proba(texts)[:, 1]


def main(name: str) -> None:
    """Train and evaluate one contender, and print its results."""
    reviews = everything() or sample()
    started = time.perf_counter()
    probabilities = CONTENDERS[name](reviews)
    seconds = time.perf_counter() - started
    truth = reviews.labels[reviews.held_out] == 1
    metrics = measure(truth, probabilities(list(reviews.texts[reviews.held_out])))
    print(json.dumps({"seconds": seconds, "macro_f1": metrics.macro_f1, "f1": metrics.f1, "held_out": len(truth)}))


if __name__ == "__main__":
    main(sys.argv[1])
