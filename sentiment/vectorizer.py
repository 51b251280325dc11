"""The model's features as a scikit-learn transformer: the matrix of what `sentiment.features` sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin

from sentiment.features import VALUES, Lexicon, norm, read, values
from sentiment.tokenizer import tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence


class ReviewVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turns texts into rows: one column an n-gram of the vocabulary (0, or the text's norm), then the lexicon values.

    Args:
        vocabulary: The n-grams that have a column, in order.
        lexicon: Of each opinion word its valence and polarity.
    """

    def __init__(self, vocabulary: list[str], lexicon: Lexicon) -> None:
        self.vocabulary = vocabulary
        self.lexicon = lexicon

    def fit(self, texts: Sequence[str], labels: object = None) -> Self:  # noqa: ARG002
        """Do nothing: the vocabulary is chosen by `sentiment.training`."""
        return self

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return a matrix of shape (texts, n-grams + lexicon values)."""
        columns = {ngram: i for i, ngram in enumerate(self.vocabulary)}
        width = len(columns)
        indices: list[int] = []
        data: list[float] = []
        starts = [0]
        for text in texts:
            reading = read(tokenize(text), self.lexicon)
            distinct = {*reading.words, *reading.pairs}
            found = sorted(columns[ngram] for ngram in distinct if ngram in columns)
            indices += found
            data += [norm(len(distinct))] * len(found)
            indices += range(width, width + len(VALUES))
            data += values(reading)
            starts.append(len(indices))
        shape = (len(starts) - 1, width + len(VALUES))
        return csr_matrix((np.array(data), np.array(indices, dtype=np.int32), np.array(starts)), shape=shape)

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn that there is nothing to fit."""
        return True
