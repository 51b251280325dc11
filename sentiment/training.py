"""Training: from labelled reviews to a calibrated linear model and the artifact that serves it."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline

from sentiment import features
from sentiment.artifact import Artifact
from sentiment.lexicon import load_lexicon
from sentiment.review import Review, is_held_out
from sentiment.tokenizer import tokenize
from sentiment.vectorizer import ReviewVectorizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sentiment.features import Lexicon
    from sentiment.hyperparameters import Hyperparameters

REFERENCE_BINS = 10
MIN_REVIEWS_A_LABEL = 10


class TrainingError(ValueError):
    """The reviews cannot train a model; the message says why."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What training gives: `pipeline` predicts from a list of texts, `artifact` serves the very same function."""

    pipeline: Pipeline
    artifact: Artifact


def document(review: Review) -> str:
    """Return the text that the model reads of a review: its title, if it has one, on a line above its text."""
    return f"{review.title}\n{review.text}" if review.title else review.text


def train(reviews: Sequence[Review], hyperparameters: Hyperparameters) -> TrainedModel:
    """Return a model of these reviews; those held out and those without a label are left aside.

    Raises:
        TrainingError: Fewer than ten reviews of either label remain.
    """
    chosen = [review for review in reviews if review.label and not is_held_out(review.review_id)]
    texts = [document(review) for review in chosen]
    labels = np.array([review.label == "positive" for review in chosen], dtype=np.int64)
    summary = {
        "hyperparameters": hyperparameters.to_dict(),
        "data_sha256": data_hash(chosen),
        "reviews": len(chosen),
        "positive": int(labels.sum()),
        "negative": int(len(labels) - labels.sum()),
        "left_aside": {
            "held_out": sum(is_held_out(review.review_id) for review in reviews),
            "no_label": sum(review.label is None and not is_held_out(review.review_id) for review in reviews),
        },
        "sources": dict(sorted(Counter(review.source for review in chosen).items())),
        "window": _window(chosen),
    }
    return fit(texts, labels, hyperparameters, summary)


def fit(
    texts: Sequence[str],
    labels: NDArray[np.int64],
    hyperparameters: Hyperparameters,
    summary: dict[str, Any] | None = None,
) -> TrainedModel:
    """Return a model of these texts and labels (1 positive, 0 negative), all of them.

    Raises:
        TrainingError: Fewer than ten texts of either label.
    """
    counts = np.bincount(labels, minlength=2)
    if counts.min() < MIN_REVIEWS_A_LABEL:
        raise TrainingError(
            f"training needs {MIN_REVIEWS_A_LABEL} reviews of each label, "
            f"there are {counts[1]} positive and {counts[0]} negative ones"
        )
    lexicon = load_lexicon()
    vocabulary = _vocabulary(texts, lexicon, hyperparameters.min_reviews)
    matrix = ReviewVectorizer(vocabulary, lexicon).transform(texts)
    out_of_fold = np.empty(len(texts))
    folds = StratifiedKFold(hyperparameters.folds, shuffle=True, random_state=hyperparameters.seed)
    for train_rows, test_rows in folds.split(labels, labels):
        weights, intercept = _weights(matrix[train_rows], labels[train_rows], hyperparameters)
        out_of_fold[test_rows] = matrix[test_rows] @ weights + intercept
    slope, offset = _platt(out_of_fold, labels)
    weights, intercept = _weights(matrix, labels, hyperparameters)
    calibrated = slope * weights
    width = len(vocabulary)
    kept = np.sort(np.argsort(-np.abs(calibrated[:width]), kind="stable")[: hyperparameters.max_ngrams])
    rounded = np.round(calibrated, 4)
    kept = kept[rounded[kept] != 0]
    artifact = Artifact(
        ngrams={vocabulary[i]: float(rounded[i]) for i in kept},
        lexicon=lexicon,
        values=dict(zip(features.VALUES, map(float, rounded[width:]), strict=True)),
        intercept=round(float(slope * intercept + offset), 6),
        tokenizer={"negation_scope": features.NEGATION_SCOPE},
        calibration={"method": "platt", "folds": hyperparameters.folds, "slope": slope, "offset": offset},
        reference=_reference(texts, 1 / (1 + np.exp(-(slope * out_of_fold + offset)))),
        training=summary or {},
    )
    return TrainedModel(pipeline=pipeline_of(artifact), artifact=artifact)


def pipeline_of(artifact: Artifact) -> Pipeline:
    """Return the artifact as a fitted scikit-learn pipeline from a list of texts to probabilities."""
    classifier = LogisticRegression()
    vocabulary = sorted(artifact.ngrams)
    weights = [artifact.ngrams[ngram] for ngram in vocabulary] + [
        artifact.values[name] for name in features.VALUES
    ]
    classifier.coef_ = np.array([weights])
    classifier.intercept_ = np.array([artifact.intercept])
    classifier.classes_ = np.array(["negative", "positive"])
    classifier.n_features_in_ = len(weights)
    return Pipeline(
        [("features", ReviewVectorizer(vocabulary, artifact.lexicon)), ("classifier", classifier)]
    )


def data_hash(reviews: Sequence[Review]) -> str:
    """Return the SHA-256 of ids and labels in order: another review, label or order gives another one."""
    digest = hashlib.sha256()
    for review in reviews:
        digest.update(f"{review.review_id} {review.label}\n".encode())
    return digest.hexdigest()


def _vocabulary(texts: Sequence[str], lexicon: Lexicon, min_reviews: int) -> list[str]:
    found: Counter[str] = Counter()
    for text in texts:
        reading = features.read(tokenize(text), lexicon)
        found.update({*reading.words, *reading.pairs})
    return sorted(ngram for ngram, count in found.items() if count >= min_reviews)


def _weights(
    matrix: csr_matrix, labels: NDArray[np.int64], hyperparameters: Hyperparameters
) -> tuple[NDArray[np.float64], float]:
    """Return weights of the matrix's columns and the intercept: NB-SVM scaling (Wang and Manning 2012), then LR."""
    width = matrix.shape[1] - len(features.VALUES)
    present = matrix[:, :width].sign()
    counts = np.stack([np.asarray(present[labels == label].sum(axis=0)).ravel() for label in (0, 1)])
    smoothed = (counts + 1) / (np.bincount(labels, minlength=2)[:, None] + 2)
    ratio = np.sqrt(np.abs(np.log(smoothed[1] / smoothed[0])))
    idf = np.log((1 + len(labels)) / (1 + counts.sum(axis=0))) + 1
    deviation = (
        np.sqrt(matrix[:, width:].power(2).mean(axis=0).A1) if width < matrix.shape[1] else np.array([])
    )
    scale = np.concatenate([ratio * idf, 1 / np.maximum(deviation, 1e-9)])
    model = LogisticRegression(C=hyperparameters.regularization_c, class_weight="balanced", max_iter=1000)
    model.fit(matrix @ diags(scale), labels)
    return model.coef_[0] * scale, float(model.intercept_[0])


def _platt(log_odds: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, float]:
    """Return slope and offset that calibrate log-odds (Platt 1999), from predictions of texts not trained on."""
    model = LogisticRegression(C=math.inf)
    model.fit(log_odds[:, None], labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def _reference(texts: Sequence[str], probabilities: NDArray[np.float64]) -> dict[str, dict[str, list[float]]]:
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    return {"probability": _histogram(probabilities), "characters": _histogram(lengths)}


def _histogram(numbers: NDArray[np.float64]) -> dict[str, list[float]]:
    edges = np.unique(np.quantile(numbers, np.arange(1, REFERENCE_BINS) / REFERENCE_BINS).round(4))
    shares = np.bincount(np.searchsorted(edges, numbers, side="right"), minlength=len(edges) + 1) / len(
        numbers
    )
    return {"edges": edges.tolist(), "shares": shares.round(6).tolist()}


def _window(reviews: Sequence[Review]) -> dict[str, str | None]:
    times = [review.time for review in reviews if review.time]
    return {
        "from": min(times).isoformat() if times else None,
        "to": max(times).isoformat() if times else None,
    }
