"""Training: from labelled reviews to a calibrated linear model and the artifact that serves it.

Up to `stream_above` reviews are held in memory (`fit`); more are read once and kept on disk (`streaming`).
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import diags
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from sentiment.model import features
from sentiment.model.calibration import Unseen, calibrate
from sentiment.model.errors import MIN_REVIEWS_A_LABEL, TooFewReviewsError
from sentiment.model.lexicon import load_lexicon
from sentiment.model.streaming.training import train_streaming
from sentiment.model.summary import Summary
from sentiment.model.tokenizer import tokenize
from sentiment.model.trained import WEIGHT_DECIMALS, Fitted, TrainedModel, strongest, trained_model
from sentiment.model.vectorizer import ReviewVectorizer
from sentiment.reviews.product import ProductStats, product_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from sentiment.model.hyperparameters import Hyperparameters
    from sentiment.reviews.example import Example


def train(
    examples: Iterable[Example],
    hyperparameters: Hyperparameters,
    *,
    dataset: str | None = None,
    replayed: bool = False,
) -> TrainedModel:
    """Return a model of these examples; held-out ones, and ones without label or weight, are left aside.

    Args:
        examples: Labelled reviews with their weights and products; read once. Their order only matters where there
            are more than `stream_above` of them.
        hyperparameters: The settings of the run.
        dataset: What people call these reviews, for the artifact's summary.
        replayed: Whether the reviews' times are those of a demonstration.

    Raises:
        TooFewReviewsError: There are fewer than ten reviews of a label, or fewer than folds.
        StreamingError: The disk is full, or a worker died.
    """
    examples = iter(examples)
    first = list(islice(examples, hyperparameters.stream_above + 1))
    if len(first) > hyperparameters.stream_above:
        examples = chain(first, examples)
        del first  # else they stay in memory until the end
        return train_streaming(examples, hyperparameters, dataset=dataset, replayed=replayed)
    summary = Summary()
    chosen = [example for example in first if not summary.leaves_aside(example)]
    # The order decides which review is in which fold, and the last digits of sums: it must follow from the content.
    chosen.sort(key=lambda one: (one.review.review_id, one.label, one.weight, product_values(one.product)))
    labels = np.array([example.label == "positive" for example in chosen], dtype=np.int64)
    weights = np.array([example.weight for example in chosen])
    for example in chosen:
        summary.add(example)
    return fit(
        [example.review.full_text for example in chosen],
        labels,
        hyperparameters,
        summary.to_dict(hyperparameters, "memory", dataset=dataset, replayed=replayed),
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
    """Return a model of all of these texts, trained in memory.

    Weights are fitted with both labels counting the same. Then the log-odds of the texts outside each fold are
    calibrated, together with the product values, and the calibration is folded into the weights.

    Args:
        texts: The full texts, n of them.
        labels: 1 for positive, 0 for negative, shape (n,).
        hyperparameters: The settings of the run.
        summary: Summary of the run, for the artifact.
        weights: How much each text counts, above 0, shape (n,); by default 1.
        products: Statistics of each text's product; by default none.

    Raises:
        TooFewReviewsError: There are fewer than ten texts of a label, or fewer than folds.
    """
    fewest = max(MIN_REVIEWS_A_LABEL, hyperparameters.folds)
    negative, positive = (int(count) for count in np.bincount(labels, minlength=2))
    if min(positive, negative) < fewest:
        raise TooFewReviewsError("training", needed=fewest, positive=positive, negative=negative)
    counts = np.ones(len(texts)) if weights is None else weights
    known = [None] * len(texts) if products is None else products
    lexicon = load_lexicon()
    vocabulary = _vocabulary(texts, counts, lexicon, hyperparameters.min_reviews)
    width = len(vocabulary)
    everything = ReviewVectorizer(vocabulary, lexicon).fit_transform(list(zip(texts, known, strict=True)))
    matrix = everything[:, : width + len(features.VALUES)]
    unseen = Unseen(
        log_odds=np.empty(len(texts)),
        products=everything[:, width + len(features.VALUES) :].toarray(),
        labels=labels,
        weights=counts,
        characters=np.array([len(text) for text in texts], dtype=np.float64),
        unknown=np.empty(len(texts)),
    )
    weighted: list[tuple[NDArray[np.intp], NDArray[np.bool_]]] = []
    with threadpool_limits(1):  # sums in another order have other last digits
        folds = StratifiedKFold(hyperparameters.folds, shuffle=True, random_state=hyperparameters.seed)
        for seen, rows in folds.split(labels, labels):
            of_fold, intercept = fit_weights(matrix[seen], labels[seen], counts[seen], hyperparameters)
            unseen.log_odds[rows] = matrix[rows] @ of_fold + intercept
            weighted.append((rows, of_fold[:width] != 0))
        calibration = calibrate(unseen)
        of_all, intercept = fit_weights(matrix, labels, counts, hyperparameters)
    rounded = np.round(calibration.slope * of_all[:width], WEIGHT_DECIMALS)
    kept = strongest(rounded, (matrix.sign().T @ counts)[:width], hyperparameters.max_ngrams)
    is_kept = np.zeros(width, dtype=bool)
    is_kept[kept] = True
    for rows, has_weight in weighted:
        unseen.unknown[rows] = _unknown_share(matrix[rows, :width], is_kept & has_weight)
    fitted = Fitted([vocabulary[i] for i in kept], of_all[kept], of_all[width:], intercept)
    return trained_model(
        fitted,
        lexicon,
        calibration,
        unseen,
        calibrated_on={"folds": hyperparameters.folds},
        training=summary or {},
    )


def fit_weights(
    matrix: csr_matrix,
    labels: NDArray[np.int64],
    sample_weights: NDArray[np.float64],
    hyperparameters: Hyperparameters,
) -> tuple[NDArray[np.float64], float]:
    """Return the weight of each column and the intercept: log-odds = matrix @ weights + intercept.

    Balanced logistic regression on scaled columns, so that the penalty is weak where a column is informative: an
    n-gram is scaled by the square root of its absolute log-count ratio (after NB-SVM, Wang and Manning 2012), a lexicon
    value by one over its root mean square. The scale is folded into the weights.

    Args:
        matrix: Columns of `ReviewVectorizer`, shape (reviews, n-grams + lexicon values).
        labels: 1 for positive, shape (reviews,).
        sample_weights: How much each review counts, shape (reviews,).
        hyperparameters: Only `regularization_c` and `min_reviews` are used.
    """
    width = matrix.shape[1] - len(features.VALUES)
    present = matrix[:, :width].sign()
    held_by = np.stack([present.T @ (sample_weights * (labels == label)) for label in (0, 1)])
    shares = (held_by + 1) / (np.bincount(labels, sample_weights, minlength=2)[:, None] + 2)
    ratio = np.sqrt(np.abs(np.log(shares[1] / shares[0])))
    ratio[held_by.sum(axis=0) < hyperparameters.min_reviews] = 0.0
    shares_of_all = diags(sample_weights / sample_weights.sum())
    root_mean_square = np.sqrt(np.asarray((shares_of_all @ matrix[:, width:].power(2)).sum(axis=0)).ravel())
    scale = np.concatenate([ratio, 1 / np.where(root_mean_square > 0, root_mean_square, 1.0)])
    model = LogisticRegression(
        C=hyperparameters.regularization_c, class_weight="balanced", solver="newton-cg", max_iter=200
    )
    model.fit(matrix @ diags(scale), labels, sample_weight=sample_weights)
    return model.coef_[0] * scale, float(model.intercept_[0])


def _unknown_share(ngrams: csr_matrix, known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the share of each row's n-grams that are not known, shape (rows,).

    A row's value of each n-gram tells how many distinct ones its text has, those outside of the vocabulary included.
    """
    norms = ngrams.max(axis=1).toarray().ravel()
    squares = norms**2
    share: NDArray[np.float64] = 1.0 - (ngrams.sign() @ known) * squares / (1.0 - 2.0 * squares)
    return share


def _vocabulary(
    texts: Sequence[str], weights: NDArray[np.float64], lexicon: features.Lexicon, min_reviews: int
) -> list[str]:
    found: Counter[str] = Counter()
    lighter: dict[str, float] = {}
    for text, weight in zip(texts, weights.tolist(), strict=True):
        distinct = features.distinct_ngrams(features.read(tokenize(text), lexicon))
        if weight == 1.0:  # most texts; `Counter` counts them three times as fast
            found.update(distinct)
        else:
            for ngram in distinct:
                lighter[ngram] = lighter.get(ngram, 0.0) + weight
    counted = {**found, **{ngram: found[ngram] + weight for ngram, weight in lighter.items()}}
    return sorted(ngram for ngram, count in counted.items() if count >= min_reviews)
