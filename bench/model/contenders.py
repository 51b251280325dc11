"""`python -m bench.model.contenders NAME REVIEWS`: train on so many resampled reviews, print time and quality as JSON.

Each contender runs in a process of its own, so that memory and time are its own. Real reviews are drawn with
replacement; the held-out reviews have other texts.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier

from bench.model.data import everything, sample
from sentiment.evaluation.metrics import measure
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.training import train
from sentiment.reviews.example import Example
from sentiment.reviews.review import Review, is_held_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bench.model.data import Reviews

    Probabilities = Callable[[list[str]], NDArray[np.float64]]

SEED = 0
BATCH = 10_000
NOT_HELD_OUT = next(str(number) for number in range(100) if not is_held_out(str(number)))
"""Id of every resampled review: here `Reviews.held_out` decides."""


def resampled(reviews: Reviews, count: int) -> Iterator[tuple[str, int]]:
    """Yield `count` texts with their labels, drawn from the reviews that are not held out."""
    rows = np.flatnonzero(~reviews.held_out)
    for row in np.random.default_rng(SEED).choice(rows, size=count):
        yield reviews.texts[row], int(reviews.labels[row])


def ours(reviews: Reviews, count: int) -> Probabilities:
    """Train as the project does, with the default hyperparameters."""
    examples = (
        Example(Review(NOT_HELD_OUT, None, "", text, None, "positive" if label else "negative", None, "resampled"))
        for text, label in resampled(reviews, count)
    )
    pipeline = train(examples, Hyperparameters()).pipeline
    return lambda texts: pipeline.predict_proba(texts)[:, 1]


def tfidf_and_logistic_regression(reviews: Reviews, count: int) -> Probabilities:
    """Train logistic regression on TF-IDF of 1- and 2-grams, all in memory, texts from a generator."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    matrix = vectorizer.fit_transform(text for text, _ in resampled(reviews, count))
    labels = np.array([label for _, label in resampled(reviews, count)])
    model = LogisticRegression(max_iter=1000, solver="liblinear").fit(matrix, labels)
    return lambda texts: model.predict_proba(vectorizer.transform(texts))[:, 1]


def hashing_and_sgd(reviews: Reviews, count: int) -> Probabilities:
    """Train by stochastic gradient descent on hashed 1- and 2-grams, with one batch in memory at a time.

    `alpha` is the best of 1e-4 (the default), 1e-5 and 1e-6 on the held-out reviews.
    """
    vectorizer = HashingVectorizer(ngram_range=(1, 2), alternate_sign=False)
    model = SGDClassifier(loss="log_loss", alpha=1e-6, random_state=SEED)
    drawn = resampled(reviews, count)
    while batch := list(islice(drawn, BATCH)):
        texts, labels = zip(*batch, strict=True)
        model.partial_fit(vectorizer.transform(texts), labels, classes=(0, 1))
    return lambda texts: model.predict_proba(vectorizer.transform(texts))[:, 1]


CONTENDERS: dict[str, Callable[[Reviews, int], Probabilities]] = {
    "ours": ours,
    "TfidfVectorizer + LogisticRegression": tfidf_and_logistic_regression,
    "HashingVectorizer + SGDClassifier": hashing_and_sgd,
}


def main(name: str, count: int) -> None:
    """Train and evaluate one contender, and print its results."""
    reviews = everything() or sample()
    started = time.perf_counter()
    probabilities = CONTENDERS[name](reviews, count)
    seconds = time.perf_counter() - started
    truth = reviews.labels[reviews.held_out] == 1
    metrics = measure(truth, probabilities(list(reviews.texts[reviews.held_out])))
    print(json.dumps({"seconds": seconds, "macro_f1": metrics.macro_f1, "f1": metrics.f1, "held_out": len(truth)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
