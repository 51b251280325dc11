"""The weights of a linear model over n-grams and lexicon values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import diags
from sklearn.linear_model import LogisticRegression

from sentiment.model import features

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from sentiment.model.hyperparameters import Hyperparameters


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
