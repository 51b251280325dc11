"""The model's features as a scikit-learn transformer: the matrix of what `sentiment.features` sees."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin

from sentiment import features
from sentiment.tokenizer import tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence


class ReviewVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turns texts into rows: one column an n-gram of the vocabulary (0, or the text's norm), then the lexicon values.

    Args:
        vocabulary: The n-grams that have a column, in order.
        lexicon: The opinion words.
    """

    def __init__(self, vocabulary: list[str], lexicon: features.Lexicon) -> None:
        self.vocabulary = vocabulary
        self.lexicon = lexicon

    def fit(self, texts: Sequence[str], labels: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Number the columns; nothing is learned from the texts: `sentiment.training` chooses the vocabulary."""
        self.columns_ = {ngram: i for i, ngram in enumerate(self.vocabulary)}
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return a matrix of shape (texts, n-grams + lexicon values)."""
        columns = self.columns_
        width = len(columns)
        value_columns = range(width, width + len(features.VALUES))
        indices, data, starts = array("i"), array("d"), array("q", [0])
        for text in texts:
            reading = features.read(tokenize(text), self.lexicon)
            distinct = features.distinct_ngrams(reading)
            found = sorted(columns[ngram] for ngram in distinct if ngram in columns)
            indices.extend(found)
            data.extend([features.norm(len(distinct))] * len(found))
            indices.extend(value_columns)
            data.extend(features.values(features.sums(reading), reading))
            starts.append(len(indices))
        cells = (np.frombuffer(data), np.frombuffer(indices, dtype=np.intc), np.frombuffer(starts, dtype=np.int64))
        return csr_matrix(cells, shape=(len(starts) - 1, value_columns.stop))
