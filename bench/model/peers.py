"""What people would use instead: each trains on texts and labels, and returns a function from texts to labels."""

from __future__ import annotations

import re
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import fasttext
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Predict = Callable[[Sequence[str]], NDArray[np.int64]]
    Peer = Callable[[Sequence[str], NDArray[np.int64]], Predict]


def vader(_texts: Sequence[str], _labels: NDArray[np.int64]) -> Predict:
    """Use VADER's compound value, positive above 0."""
    analyzer = SentimentIntensityAnalyzer()
    return lambda texts: np.array([analyzer.polarity_scores(text)["compound"] > 0 for text in texts], dtype=np.int64)


def textblob(_texts: Sequence[str], _labels: NDArray[np.int64]) -> Predict:
    """Use TextBlob's polarity, positive above 0."""
    return lambda texts: np.array([TextBlob(text).sentiment.polarity > 0 for text in texts], dtype=np.int64)


def tfidf_logistic_regression(texts: Sequence[str], labels: NDArray[np.int64]) -> Predict:
    """Train a balanced logistic regression on TF-IDF of 1- and 2-grams."""
    predict: Predict = tfidf_pipeline().fit(texts, labels).predict
    return predict


def tfidf_pipeline() -> Pipeline:
    """Return the pipeline that most tutorials build."""
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(class_weight="balanced", max_iter=1000, solver="liblinear"),
    )


def tfidf_linear_svc(texts: Sequence[str], labels: NDArray[np.int64]) -> Predict:
    """Train a balanced linear support vector machine on TF-IDF of 1- and 2-grams."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    predict: Predict = make_pipeline(vectorizer, LinearSVC(class_weight="balanced")).fit(texts, labels).predict
    return predict


def fasttext_bigrams(texts: Sequence[str], labels: NDArray[np.int64]) -> Predict:
    """Train Facebook's fastText with bigrams for 25 epochs."""
    with NamedTemporaryFile("w", suffix=".txt", encoding="utf-8", errors="replace") as file:
        for text, label in zip(texts, labels, strict=True):
            file.write(f"__label__{label} {_fasttext_line(text)}\n")
        file.flush()
        model = fasttext.train_supervised(
            file.name, wordNgrams=2, epoch=25, lr=0.25, dim=50, bucket=200_000, thread=1, seed=1, verbose=0
        )
    return lambda texts: np.array(
        [int(labels[0][-1]) for labels in model.predict([_fasttext_line(text) for text in texts])[0]]
    )


def _fasttext_line(text: str) -> str:
    return " ".join(re.findall(r"[\w']+|[.,!?;:()]", text.lower()))


PEERS: dict[str, Peer] = {
    "VADER": vader,
    "TextBlob": textblob,
    "fastText, bigrams": fasttext_bigrams,
    "LinearSVC, TF-IDF": tfidf_linear_svc,
    "LR, TF-IDF": tfidf_logistic_regression,
}
