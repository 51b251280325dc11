"""A trained model: calibrated weights as an artifact and as a scikit-learn pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from sentiment.model import features
from sentiment.model.artifact import TOKENIZER, Artifact
from sentiment.model.reference import MAX_BINS
from sentiment.model.vectorizer import ReviewVectorizer
from sentiment.reviews.product import PRODUCT_VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sentiment.model.calibration import Calibration, Unseen

WEIGHT_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """The result of training: `pipeline` predicts from a list of texts, `artifact` serves the same function.

    Where a text's product is known, the pipeline takes a pair of both instead of the text.
    """

    pipeline: Pipeline
    artifact: Artifact


class Fitted(NamedTuple):
    """Fitted weights, not yet calibrated.

    Attributes:
        ngrams: The n-grams that the model keeps, n of them.
        weights: Their weights, shape (n,).
        values: Weights of the lexicon values, shape (values,).
        intercept: Log-odds of a text without any of them.
    """

    ngrams: Sequence[str]
    weights: NDArray[np.float64]
    values: NDArray[np.float64]
    intercept: float


def strongest(weights: NDArray[np.float64], held_by: NDArray[np.float64], number: int) -> NDArray[np.intp]:
    """Return the indices of at most `number` n-grams that move predictions most, without those of weight 0.

    That is the root mean square over all reviews: a large weight that is hardly ever used is no loss.

    Args:
        weights: Of the n-grams, shape (n,).
        held_by: Weight of the reviews that contain each n-gram, shape (n,).
        number: How many to return.
    """
    moved = np.abs(weights) * np.sqrt(held_by)
    found = np.argsort(-moved, kind="stable")[:number]
    kept: NDArray[np.intp] = found[weights[found] != 0]
    return kept


def trained_model(
    fitted: Fitted,
    lexicon: features.Lexicon,
    calibration: Calibration,
    unseen: Unseen,
    *,
    calibrated_on: dict[str, int],
    training: dict[str, Any],
) -> TrainedModel:
    """Return the model of fitted weights: calibrated and rounded.

    Args:
        fitted: The weights.
        lexicon: The opinion words they were fitted with.
        calibration: Folded into the weights.
        unseen: The reviews that calibrated them, which drift is measured against.
        calibrated_on: `folds` or `reserved`, and how many: recorded beside the calibration.
        training: The artifact's summary of the run.
    """
    slope = calibration.slope
    probabilities = expit(calibration.log_odds(unseen.log_odds, unseen.products))
    weights = (slope * fitted.weights).round(WEIGHT_DECIMALS).tolist()
    artifact = Artifact(
        ngrams={ngram: weight for ngram, weight in zip(fitted.ngrams, weights, strict=True) if weight},
        lexicon=lexicon,
        values=dict(zip(features.VALUES, (slope * fitted.values).round(WEIGHT_DECIMALS).tolist(), strict=True)),
        product=dict(zip(PRODUCT_VALUES, calibration.product.round(WEIGHT_DECIMALS).tolist(), strict=True)),
        intercept=round(slope * fitted.intercept + calibration.offset, 6),
        tokenizer=TOKENIZER,
        calibration={
            "method": "platt",
            **calibrated_on,
            "slope": round(slope, 6),
            "offset": round(calibration.offset, 6),
        },
        reference={
            "probability": _histogram(probabilities),
            "label": _histogram(probabilities, edges=np.array([0.5])),
            "characters": _histogram(unseen.characters),
            "unknown_words": _histogram(unseen.unknown),
        },
        training=training,
    )
    return TrainedModel(pipeline=pipeline_of(artifact), artifact=artifact)


def pipeline_of(artifact: Artifact) -> Pipeline:
    """Return the artifact as a fitted scikit-learn pipeline: from a list of reviews to labels and probabilities."""
    vocabulary = sorted(artifact.ngrams)
    weights = [
        *(artifact.ngrams[ngram] for ngram in vocabulary),
        *(artifact.values[name] for name in features.VALUES),
        *(artifact.product[name] for name in PRODUCT_VALUES),
    ]
    classifier = LogisticRegression()
    classifier.coef_ = np.array([weights])
    classifier.intercept_ = np.array([artifact.intercept])
    classifier.classes_ = np.array(["negative", "positive"])
    classifier.n_features_in_ = len(weights)
    vectorizer = ReviewVectorizer(vocabulary, artifact.lexicon).fit(())
    return Pipeline([("features", vectorizer), ("classifier", classifier)])


def _histogram(numbers: NDArray[np.float64], edges: NDArray[np.float64] | None = None) -> dict[str, list[float]]:
    """Return edges, by default at the deciles (fewer where deciles coincide), and the share of numbers in each bin."""
    if edges is None:
        edges = np.unique(np.quantile(numbers, np.arange(1, MAX_BINS) / MAX_BINS).round(4))
    counts = np.bincount(np.searchsorted(edges, numbers, side="right"), minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "shares": (counts / len(numbers)).round(6).tolist()}
