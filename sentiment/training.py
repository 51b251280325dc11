"""Training: from labelled reviews to a calibrated linear model and the artifact that serves it."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from sentiment import features
from sentiment.artifact import TOKENIZER, Artifact
from sentiment.lexicon import load_lexicon
from sentiment.review import Review, is_held_out
from sentiment.tokenizer import tokenize
from sentiment.vectorizer import ReviewVectorizer
from sentiment.weights import fit_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sentiment.hyperparameters import Hyperparameters

REFERENCE_BINS = 10
MIN_REVIEWS_A_LABEL = 10
WEIGHT_DECIMALS = 3


class TooFewReviewsError(ValueError):
    """The reviews cannot train a model; the message says why."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What training gives: `pipeline` predicts from a list of texts, `artifact` serves the very same function."""

    pipeline: Pipeline
    artifact: Artifact


def document(review: Review) -> str:
    """Return the text that the model reads of a review: its title, where it has one, on a line above its text."""
    return f"{review.title}\n{review.text}" if review.title else review.text


def train(
    reviews: Sequence[Review],
    hyperparameters: Hyperparameters,
    *,
    dataset: str | None = None,
    replayed: bool = False,
) -> TrainedModel:
    """Return a model of these reviews; those that are held out or have no label are left aside.

    Args:
        reviews: The reviews; their order decides nothing.
        hyperparameters: The settings of the run.
        dataset: What people call these reviews, for the artifact's summary.
        replayed: Whether the reviews' times are a demonstration's: wherever their window goes, this goes with it.

    Raises:
        TooFewReviewsError: Fewer than ten reviews of either label remain, or fewer than there are folds.
    """
    chosen = [review for review in reviews if review.label and not is_held_out(review.review_id)]
    # The order decides which review is in which fold, and the last digits of sums: it must be that of the content.
    chosen.sort(key=lambda review: (review.review_id, review.label))
    labels = np.array([review.label == "positive" for review in chosen], dtype=np.int64)
    held_out = sum(is_held_out(review.review_id) for review in reviews)
    summary = {
        "hyperparameters": hyperparameters.to_dict(),
        "data_sha256": data_hash(chosen),
        "reviews": len(chosen),
        "positive": int(labels.sum()),
        "negative": int(len(labels) - labels.sum()),
        "left_aside": {"held_out": held_out, "no_label": len(reviews) - held_out - len(chosen)},
        "sources": dict(sorted(Counter(review.source for review in chosen).items())),
        "window": _window(chosen) | {"replayed": replayed},
        "dataset": dataset,
    }
    return fit([document(review) for review in chosen], labels, hyperparameters, summary)


def fit(
    texts: Sequence[str],
    labels: NDArray[np.int64],
    hyperparameters: Hyperparameters,
    summary: dict[str, Any] | None = None,
) -> TrainedModel:
    """Return a model of all of these texts and labels (1 positive, 0 negative).

    Weights are fitted with both labels counting the same; then the log-odds of texts that a fold did not see are
    calibrated (Platt 1999) to how often such texts are positive, which is folded into the weights.

    Raises:
        TooFewReviewsError: Fewer than ten texts of either label, or fewer than there are folds.
    """
    fewest = max(MIN_REVIEWS_A_LABEL, hyperparameters.folds)
    negative, positive = (int(count) for count in np.bincount(labels, minlength=2))
    if min(positive, negative) < fewest:
        raise TooFewReviewsError(
            f"training needs {fewest} reviews of each label; there are {positive} positive, {negative} negative"
        )
    lexicon = load_lexicon()
    vocabulary = _vocabulary(texts, lexicon, hyperparameters.min_reviews)
    matrix = ReviewVectorizer(vocabulary, lexicon).fit_transform(texts)
    with threadpool_limits(1):  # sums in another order would give other last digits
        unseen = np.empty(len(texts))
        folds = StratifiedKFold(hyperparameters.folds, shuffle=True, random_state=hyperparameters.seed)
        for seen_rows, rows in folds.split(labels, labels):
            weights, intercept = fit_weights(matrix[seen_rows], labels[seen_rows], hyperparameters)
            unseen[rows] = matrix[rows] @ weights + intercept
        slope, offset = _platt(unseen, labels)
        weights, intercept = fit_weights(matrix, labels, hyperparameters)
    rounded = np.round(slope * weights, WEIGHT_DECIMALS)
    width = len(vocabulary)
    # What an n-gram moves, in root mean square over the reviews: a strong weight that nothing ever uses is no loss.
    moved = np.abs(rounded[:width]) * np.sqrt(matrix.getnnz(axis=0)[:width])
    strongest = np.argsort(-moved, kind="stable")[: hyperparameters.max_ngrams]
    artifact = Artifact(
        ngrams={vocabulary[i]: float(rounded[i]) for i in strongest if rounded[i]},
        lexicon=lexicon,
        values=dict(zip(features.VALUES, map(float, rounded[width:]), strict=True)),
        intercept=round(float(slope * intercept + offset), 6),
        tokenizer=TOKENIZER,
        calibration={
            "method": "platt",
            "folds": hyperparameters.folds,
            "slope": round(slope, 6),
            "offset": round(offset, 6),
        },
        reference={
            "probability": _histogram(1 / (1 + np.exp(-(slope * unseen + offset)))),
            "characters": _histogram(np.array([len(text) for text in texts], dtype=np.float64)),
        },
        training=summary or {},
    )
    return TrainedModel(pipeline=pipeline_of(artifact), artifact=artifact)


def pipeline_of(artifact: Artifact) -> Pipeline:
    """Return the artifact as a fitted scikit-learn pipeline: from a list of texts to labels and probabilities."""
    vocabulary = sorted(artifact.ngrams)
    weights = [*(artifact.ngrams[ngram] for ngram in vocabulary), *(artifact.values[name] for name in features.VALUES)]
    classifier = LogisticRegression()
    classifier.coef_ = np.array([weights])
    classifier.intercept_ = np.array([artifact.intercept])
    classifier.classes_ = np.array(["negative", "positive"])
    classifier.n_features_in_ = len(weights)
    vectorizer = ReviewVectorizer(vocabulary, artifact.lexicon).fit(())
    return Pipeline([("features", vectorizer), ("classifier", classifier)])


def data_hash(reviews: Sequence[Review]) -> str:
    """Return the SHA-256 of ids and labels in order: another review, label or order gives another one."""
    digest = hashlib.sha256()
    for review in reviews:
        digest.update(f"{review.review_id} {review.label}\n".encode())
    return digest.hexdigest()


def _vocabulary(texts: Sequence[str], lexicon: features.Lexicon, min_reviews: int) -> list[str]:
    found: Counter[str] = Counter()
    for text in texts:
        found.update(features.distinct_ngrams(features.read(tokenize(text), lexicon)))
    return sorted(ngram for ngram, count in found.items() if count >= min_reviews)


def _platt(log_odds: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, float]:
    """Return slope and offset that calibrate log-odds, from those of texts not trained on."""
    model = LogisticRegression(C=math.inf, solver="newton-cg")
    model.fit(log_odds[:, None], labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _histogram(numbers: NDArray[np.float64]) -> dict[str, list[float]]:
    """Return edges at the deciles (fewer where deciles coincide) and the share of numbers in each bin."""
    edges = np.unique(np.quantile(numbers, np.arange(1, REFERENCE_BINS) / REFERENCE_BINS).round(4))
    counts = np.bincount(np.searchsorted(edges, numbers, side="right"), minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "shares": (counts / len(numbers)).round(6).tolist()}


def _window(reviews: Sequence[Review]) -> dict[str, str | bool | None]:
    times = [review.time for review in reviews if review.time]
    return {"start": min(times).isoformat() if times else None, "end": max(times).isoformat() if times else None}
