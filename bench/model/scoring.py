"""How fast one review is scored, and that serving says what scikit-learn says."""

from __future__ import annotations

from timeit import repeat
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.model.data import every_text, shared_data
from bench.model.peers import tfidf_pipeline
from bench.row import Row
from sentiment.artifact import dump, load
from sentiment.hyperparameters import Hyperparameters
from sentiment.sample import load_sample
from sentiment.scorer import Scorer
from sentiment.training import TrainedModel, document, train

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 25
TIMES_FASTER = 10.0

_Argument = TypeVar("_Argument")


def run() -> list[Row]:
    """Return the rows on speed, and on agreement over every review at hand."""
    reviews = load_sample()
    model = train(reviews, Hyperparameters())
    data = dump(model.artifact)
    scorer = Scorer(load(data))
    tutorial = tfidf_pipeline().fit([document(review) for review in reviews], [review.label for review in reviews])
    vader = SentimentIntensityAnalyzer()
    rows = []
    for name, texts in (
        ("the sample's median", [document(review) for review in reviews]),
        ("fine foods' median", [document(review) for review in reviews if review.source == "fine_foods"]),
    ):
        text = sorted(texts, key=len)[len(texts) // 2]
        calls: dict[str, Callable[[str], object]] = {
            "its sklearn pipeline": lambda text: model.pipeline.predict_proba([text]),
            "TF-IDF + LR in sklearn": lambda text: tutorial.predict_proba([text]),
            "VADER": vader.polarity_scores,
            "TextBlob": lambda text: TextBlob(text).sentiment,
        }
        peers = {peer: _milliseconds(call, text) for peer, call in calls.items()}
        alone = _milliseconds(scorer.probability, text)
        with_words = _milliseconds(scorer.predict, text)
        note = f"{len(text.split())} words; {with_words:.3f} ms with the words that decided"
        rows += [
            Row(name=f"scoring one review, {name}", measured=alone, reach=0.1, unit="ms", peers=peers, note=note),
            Row(
                name=f"times faster than its sklearn pipeline, {name}",
                measured=peers["its sklearn pipeline"] / alone,
                reach=TIMES_FASTER,
                unit="times",
                better="higher",
                peers={
                    f"than {peer}": taken / alone for peer, taken in peers.items() if peer != "its sklearn pipeline"
                },
                note="both read the text with the same Python code: the longer it is, the less is scikit-learn's",
            ),
        ]
    rows.append(Row(name="loading the artifact", measured=_milliseconds(load, data), reach=100.0, unit="ms"))
    return rows + _agreement(model, scorer)


def _milliseconds(call: Callable[[_Argument], object], argument: _Argument) -> float:
    """Return the best of 25 means: the machine has other work, which only ever adds to a time."""

    def once() -> None:
        call(argument)

    once()
    number = max(1, int(0.01 / min(repeat(once, number=1, repeat=3))))
    return 1000 * min(repeat(once, number=number, repeat=REPEATS)) / number


def _agreement(model: TrainedModel, scorer: Scorer) -> list[Row]:
    folder = shared_data()
    texts = [document(review) for review in load_sample()] if folder is None else list(every_text(folder))
    expected = model.pipeline.predict_proba(texts)[:, 1]
    labels = model.pipeline.predict(texts)
    predictions = [scorer.predict(text) for text in texts]
    apart = np.abs(expected - [prediction.probability for prediction in predictions])
    other = sum(label != prediction.label for label, prediction in zip(labels, predictions, strict=True))
    note = f"{len(texts):,} texts"
    return [
        Row(name="largest difference from scikit-learn", measured=float(apart.max()), reach=1e-6, unit="", note=note),
        Row(name="labels other than scikit-learn's", measured=float(other), reach=0.0, unit="", note=note),
    ]
