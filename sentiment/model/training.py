"""Training: from labelled reviews to a calibrated linear model and the artifact that serves it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from sentiment.model import features
from sentiment.model.artifact import TOKENIZER, Artifact
from sentiment.model.calibration import calibrate
from sentiment.model.lexicon import load_lexicon
from sentiment.model.summary import Summary
from sentiment.model.tokenizer import tokenize
from sentiment.model.vectorizer import ReviewVectorizer
from sentiment.model.weights import fit_weights
from sentiment.reviews.product import PRODUCT_VALUES, ProductStats, product_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sentiment.model.hyperparameters import Hyperparameters
    from sentiment.reviews.example import Example
    from sentiment.reviews.review import Review

REFERENCE_BINS = 10
MIN_REVIEWS_A_LABEL = 10
WEIGHT_DECIMALS = 3


class TooFewReviewsError(ValueError):
    """The reviews cannot train a model; the message says why."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What training gives: `pipeline` predicts from a list of texts, `artifact` serves the very same function.

    Where a text's product is known, the pipeline takes a pair of both in the text's place.
    """

    pipeline: Pipeline
    artifact: Artifact


def document(review: Review) -> str:
    """Return the text that the model reads of a review: its title, where it has one, on a line above its text."""
    return f"{review.title}\n{review.text}" if review.title else review.text


def train(
    examples: Iterable[Example],
    hyperparameters: Hyperparameters,
    *,
    dataset: str | None = None,
    replayed: bool = False,
) -> TrainedModel:
    """Return a model of these examples; those that are held out, or have no label or no weight, are left aside.

    Args:
        examples: Labelled reviews with their weights and products; gone through once. Their order decides nothing,
            unless there are more than `stream_above`: then `sentiment.model.streaming` trains, and it does.
        hyperparameters: The settings of the run.
        dataset: What people call these reviews, for the artifact's summary.
        replayed: Whether the reviews' times are a demonstration's: wherever their window goes, this goes with it.

    Raises:
        TooFewReviewsError: Fewer than ten reviews of either label remain, or fewer than there are folds.
        StreamingError: The machine cannot hold what more than `stream_above` reviews need.
    """
    examples = iter(examples)
    first = list(islice(examples, hyperparameters.stream_above + 1))
    if len(first) > hyperparameters.stream_above:
        from sentiment.model.streaming.training import train_streaming  # noqa: PLC0415 - it is built on this module

        examples = chain(first, examples)
        del first  # or the first ones would stay in memory to the end
        return train_streaming(examples, hyperparameters, dataset=dataset, replayed=replayed)
    summary = Summary()
    chosen = [example for example in first if not summary.leaves_aside(example)]
    # The order decides which review is in which fold, and the last digits of sums: it must be that of the content.
    chosen.sort(key=lambda one: (one.review.review_id, one.label, one.weight, product_values(one.product)))
    labels = np.array([example.label == "positive" for example in chosen], dtype=np.int64)
    weights = np.array([example.weight for example in chosen])
    for example in chosen:
        summary.add(example)
    return fit(
        [document(example.review) for example in chosen],
        labels,
        hyperparameters,
        summary.to_dict(hyperparameters, dataset=dataset, replayed=replayed),
        weights=weights,
        products=[example.product for example in chosen],
    )


def fit(
    texts: Sequence[str],
    labels: NDArray[np.int64],
    hyperparameters: Hyperparameters,
    summary: dict[str, Any] | None = None,
    *,
    weights: NDArray[np.float64] | None = None,
    products: Sequence[ProductStats | None] | None = None,
) -> TrainedModel:
    """Return a model of all of these texts and labels (1 positive, 0 negative).

    Weights are fitted with both labels counting the same; then the log-odds of texts that a fold did not see are
    calibrated, beside what is known of their products, to how often such texts are positive, which is folded into
    the weights.

    Args:
        texts: The documents, n of them.
        labels: Shape (n,).
        hyperparameters: The settings of the run.
        summary: Of the run, for the artifact.
        weights: How much each text counts, above 0, shape (n,); 1 each if not given.
        products: What is known of each text's product; nothing if not given.

    Raises:
        TooFewReviewsError: Fewer than ten texts of either label, or fewer than there are folds.
    """
    fewest = max(MIN_REVIEWS_A_LABEL, hyperparameters.folds)
    negative, positive = (int(count) for count in np.bincount(labels, minlength=2))
    if min(positive, negative) < fewest:
        raise TooFewReviewsError(
            f"training needs {fewest} reviews of each label; there are {positive} positive, {negative} negative"
        )
    counts = np.ones(len(texts)) if weights is None else weights
    known = [None] * len(texts) if products is None else products
    lexicon = load_lexicon()
    vocabulary = _vocabulary(texts, counts, lexicon, hyperparameters.min_reviews)
    width = len(vocabulary)
    everything = ReviewVectorizer(vocabulary, lexicon).fit_transform(list(zip(texts, known, strict=True)))
    matrix = everything[:, : width + len(features.VALUES)]
    product_matrix = everything[:, width + len(features.VALUES) :].toarray()
    with threadpool_limits(1):  # sums in another order would give other last digits
        unseen = np.empty(len(texts))
        folds = StratifiedKFold(hyperparameters.folds, shuffle=True, random_state=hyperparameters.seed)
        for seen_rows, rows in folds.split(labels, labels):
            of_fold, intercept = fit_weights(matrix[seen_rows], labels[seen_rows], counts[seen_rows], hyperparameters)
            unseen[rows] = matrix[rows] @ of_fold + intercept
        calibration = calibrate(unseen, product_matrix, labels, counts)
        of_all, intercept = fit_weights(matrix, labels, counts, hyperparameters)
    rounded = np.round(calibration.slope * of_all, WEIGHT_DECIMALS)
    # What an n-gram moves, in root mean square over the reviews: a strong weight that nothing ever uses is no loss.
    moved = np.abs(rounded[:width]) * np.sqrt((matrix.sign().T @ counts)[:width])
    strongest = np.argsort(-moved, kind="stable")[: hyperparameters.max_ngrams]
    artifact = Artifact(
        ngrams={vocabulary[i]: float(rounded[i]) for i in strongest if rounded[i]},
        lexicon=lexicon,
        values=dict(zip(features.VALUES, map(float, rounded[width:]), strict=True)),
        product=dict(zip(PRODUCT_VALUES, calibration.product.round(WEIGHT_DECIMALS).tolist(), strict=True)),
        intercept=round(float(calibration.slope * intercept + calibration.offset), 6),
        tokenizer=TOKENIZER,
        calibration={
            "method": "platt",
            "folds": hyperparameters.folds,
            "slope": round(calibration.slope, 6),
            "offset": round(calibration.offset, 6),
        },
        reference={
            "probability": histogram(1 / (1 + np.exp(-calibration.log_odds(unseen, product_matrix)))),
            "characters": histogram(np.array([len(text) for text in texts], dtype=np.float64)),
        },
        training=summary or {},
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


def _vocabulary(
    texts: Sequence[str], weights: NDArray[np.float64], lexicon: features.Lexicon, min_reviews: int
) -> list[str]:
    found: Counter[str] = Counter()
    lighter: dict[str, float] = {}
    for text, weight in zip(texts, weights.tolist(), strict=True):
        distinct = features.distinct_ngrams(features.read(tokenize(text), lexicon))
        if weight == 1.0:  # by far the most, and counted by the library in a third of the time
            found.update(distinct)
        else:
            for ngram in distinct:
                lighter[ngram] = lighter.get(ngram, 0.0) + weight
    counted = {**found, **{ngram: found[ngram] + weight for ngram, weight in lighter.items()}}
    return sorted(ngram for ngram, count in counted.items() if count >= min_reviews)


def histogram(numbers: NDArray[np.float64]) -> dict[str, list[float]]:
    """Return edges at the deciles (fewer where deciles coincide) and the share of numbers in each bin."""
    edges = np.unique(np.quantile(numbers, np.arange(1, REFERENCE_BINS) / REFERENCE_BINS).round(4))
    counts = np.bincount(np.searchsorted(edges, numbers, side="right"), minlength=len(edges) + 1)
    return {"edges": edges.tolist(), "shares": (counts / len(numbers)).round(6).tolist()}
