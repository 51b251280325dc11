"""The features (`sentiment.model.features`) as a scikit-learn transformer."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin

from sentiment.model import features
from sentiment.model.tokenizer import tokenize
from sentiment.reviews.product import PRODUCT_VALUES, ProductStats, product_values

if TYPE_CHECKING:
    from collections.abc import Sequence


WithProduct = tuple[str, ProductStats | None]


class ReviewVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turns reviews into rows: a column per n-gram (0, or the text's norm), the lexicon values, the product values.

    A review is its text, or a pair of its text and its product's statistics.

    Args:
        vocabulary: The n-grams of the columns, in order.
        lexicon: The opinion words.
    """

    def __init__(self, vocabulary: list[str], lexicon: features.Lexicon) -> None:
        self.vocabulary = vocabulary
        self.lexicon = lexicon

    def fit(self, reviews: Sequence[str | WithProduct], labels: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Number the columns; training has chosen the vocabulary."""
        self.columns_ = {ngram: i for i, ngram in enumerate(self.vocabulary)}
        return self

    def transform(self, reviews: Sequence[str | WithProduct]) -> csr_matrix:
        """Return a matrix of shape (reviews, n-grams + lexicon values + product values)."""
        columns = self.columns_
        width = len(columns)
        value_columns = range(width, width + len(features.VALUES))
        product_columns = range(value_columns.stop, value_columns.stop + len(PRODUCT_VALUES))
        indices, data, starts = array("i"), array("d"), array("q", [0])
        for review in reviews:
            text, product = (review, None) if isinstance(review, str) else review
            reading = features.read(tokenize(text), self.lexicon)
            distinct = features.distinct_ngrams(reading)
            found = sorted(columns[ngram] for ngram in distinct if ngram in columns)
            indices.extend(found)
            data.extend([features.norm(len(distinct))] * len(found))
            indices.extend(value_columns)
            data.extend(features.values(features.sums(reading), reading))
            if product is not None:
                indices.extend(product_columns)
                data.extend(product_values(product))
            starts.append(len(indices))
        cells = (np.frombuffer(data), np.frombuffer(indices, dtype=np.intc), np.frombuffer(starts, dtype=np.int64))
        return csr_matrix(cells, shape=(len(starts) - 1, product_columns.stop))
