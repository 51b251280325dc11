"""How long one prediction takes, and whether it is the same as scikit-learn's."""

from __future__ import annotations

from functools import partial
from timeit import repeat, timeit
from typing import TYPE_CHECKING

import numpy as np
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.model.data import every_text
from bench.model.peers import tfidf_pipeline
from bench.review_sets import review_sets
from bench.row import Row
from sentiment.model.artifact import dump, load
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from sentiment.model.training import train
from sentiment.reviews.example import as_examples
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from sentiment.model.trained import TrainedModel

ROUNDS = 40
TIMES_FASTER = 10.0

OURS, OURS_WITH_WORDS, ITS_PIPELINE = "ours", "ours with words", "the same model in scikit-learn"


def run() -> list[Row]:
    """Return the rows on speed, and on agreement over every available review."""
    reviews = load_sample()
    model = train(as_examples(reviews), Hyperparameters())
    data = dump(model.artifact)
    scorer = Scorer(load(data))
    tutorial = tfidf_pipeline().fit([review.full_text for review in reviews], [review.label for review in reviews])
    vader = SentimentIntensityAnalyzer()
    rows = []
    for name, texts in (
        ("the sample", [review.full_text for review in reviews]),
        ("fine foods", [review.full_text for review in reviews if review.source == "fine_foods"]),
    ):
        text = sorted(texts, key=len)[len(texts) // 2]
        taken = _milliseconds(
            {
                OURS: partial(scorer.probability, text),
                OURS_WITH_WORDS: partial(scorer.predict, text),
                ITS_PIPELINE: partial(model.pipeline.predict_proba, [text]),
                "TF-IDF + LR in scikit-learn": partial(tutorial.predict_proba, [text]),
                "VADER": partial(vader.polarity_scores, text),
                "TextBlob": partial(_textblob, text),
            }
        )
        alone, with_words = taken.pop(OURS), taken.pop(OURS_WITH_WORDS)
        note = f"{len(text.split())} words; {with_words:.3f} ms with the words that decided"
        rows += [
            Row(name=f"median review of {name}", measured=alone, reach=0.1, unit="ms", peers=taken, note=note),
            Row(
                name=f"faster than scikit-learn, {name}",
                measured=taken[ITS_PIPELINE] / alone,
                reach=TIMES_FASTER,
                unit="times",
                better="higher",
                peers={f"than {peer}": theirs / alone for peer, theirs in taken.items() if peer != ITS_PIPELINE},
                note="both tokenize in the same Python code, so the speed-up falls with the length of the text",
            ),
        ]
    loading = _milliseconds({OURS: partial(load, data)})[OURS]
    rows.append(Row(name="loading the artifact", measured=loading, reach=100.0, unit="ms"))
    return rows + _agreement(model, scorer)


def _textblob(text: str) -> object:
    return TextBlob(text).sentiment


def _milliseconds(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the best of 40 means of each call: other work on the machine only ever adds to a time.

    The calls take turns, so that a busy moment slows all of them.
    """
    numbers = {name: max(1, int(0.01 / min(repeat(call, number=1, repeat=4)))) for name, call in calls.items()}
    rounds = [
        {name: timeit(call, number=numbers[name]) / numbers[name] for name, call in calls.items()}
        for _ in range(ROUNDS)
    ]
    return {name: 1000 * min(taken[name] for taken in rounds) for name in calls}


def _agreement(model: TrainedModel, scorer: Scorer) -> list[Row]:
    folder = review_sets()
    texts = [review.full_text for review in load_sample()] if folder is None else list(every_text(folder))
    expected = model.pipeline.predict_proba(texts)[:, 1]
    labels = model.pipeline.predict(texts)
    predictions = [scorer.predict(text) for text in texts]
    apart = np.abs(expected - [prediction.probability for prediction in predictions])
    other = sum(label != prediction.label for label, prediction in zip(labels, predictions, strict=True))
    note = f"{len(texts):,} texts"
    return [
        Row(name="largest difference from scikit-learn", measured=float(apart.max()), reach=1e-6, unit="", note=note),
        Row(name="labels that differ from scikit-learn's", measured=float(other), reach=0.0, unit="", note=note),
    ]
