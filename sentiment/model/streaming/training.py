"""Training from disk: on any number of reviews, in bounded memory."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from sentiment.model.calibration import Unseen, calibrate
from sentiment.model.errors import MIN_REVIEWS_A_LABEL, TooFewReviewsError
from sentiment.model.lexicon import load_lexicon
from sentiment.model.streaming.blocks import Block, block_of, joined
from sentiment.model.streaming.featurising import Batch, Chunk
from sentiment.model.streaming.fitting import Model, Moments, Objective, fit_weights
from sentiment.model.streaming.ngrams import NgramCounts, names_of
from sentiment.model.streaming.spill import Spill
from sentiment.model.streaming.workers import Workers
from sentiment.model.summary import Summary
from sentiment.model.trained import Fitted, TrainedModel, strongest, trained_model
from sentiment.reviews.product import product_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from sentiment.model.hyperparameters import Hyperparameters
    from sentiment.reviews.example import Example

MAX_WORKERS = 4
"""Each takes 0.1 GB; with more workers their parent would be the bottleneck."""

MAX_CANDIDATES = 2**19
"""Most frequent n-grams that weights are fitted for; `max_ngrams` of them are kept."""

MAX_CALIBRATING = 200_000
"""Reserved reviews that calibrate; five parameters need no more."""

MAX_TEXTS = 4096
MAX_CHARACTERS = 4_000_000
"""A batch ends with the text that reaches either limit."""

CELLS_A_BLOCK = 2_000_000
ROWS_A_BLOCK = 16_384
"""A block ends at either limit; they keep the cost per block small."""


def train_streaming(
    examples: Iterable[Example],
    hyperparameters: Hyperparameters,
    *,
    dataset: str | None = None,
    replayed: bool = False,
    workers: int | None = None,
) -> TrainedModel:
    """Return a model of these examples, in memory that does not grow with their number.

    The same examples in the same order and the same hyperparameters give the same artifact, bit for bit, with any
    number of workers. `folds` and `seed` are not used: one review in twenty, chosen by its text, is reserved to stop
    the fit and to calibrate.

    The arguments are those of `sentiment.model.training.train`, and the number of worker processes: by default one
    per core, at most four.

    Raises:
        TooFewReviewsError: There are fewer than ten reviews of a label to train on or to calibrate with.
        StreamingError: The disk is full, or a worker died.
    """
    summary = Summary()
    with ExitStack() as files, threadpool_limits(1):  # sums in another order have other last digits
        names = files.enter_context(Spill(list))
        blocks = files.enter_context(Spill(Block._make))
        with Spill(Chunk._make) as chunks:
            counts = NgramCounts()
            with Workers(workers or min(os.cpu_count() or 1, MAX_WORKERS)) as pool:
                for chunk in pool.read(batches_of(examples, summary)):
                    counts.add(chunk.hashes, chunk.held_by)
                    names.append((chunk.named, chunk.names))
                    chunks.append(chunk.counted())
            vocabulary = counts.most_frequent(MAX_CANDIDATES, hyperparameters.min_reviews)
            moments = Moments(len(vocabulary))
            for block in _blocks_of(chunks, vocabulary):
                blocks.append(block)
                moments.add(block)
        _check(moments)
        objective = Objective(
            blocks,
            moments,
            regularization_c=hyperparameters.regularization_c,
            min_reviews=hyperparameters.min_reviews,
        )
        model = fit_weights(objective)
        kept = strongest(model.ngrams, moments.held_by.sum(axis=0), hyperparameters.max_ngrams)
        of_kept = np.zeros(len(vocabulary))
        of_kept[kept] = model.ngrams[kept]
        unseen = _reserved(blocks, model._replace(ngrams=of_kept))
        fitted = Fitted(names_of(vocabulary[kept], names), model.ngrams[kept], model.values, model.intercept)
    return trained_model(
        fitted,
        load_lexicon(),
        calibrate(unseen),
        unseen,
        calibrated_on={"reserved": len(unseen.labels)},
        training=summary.to_dict(hyperparameters, "disk", dataset=dataset, replayed=replayed),
    )


def batches_of(examples: Iterable[Example], summary: Summary) -> Iterator[Batch]:
    """Yield the examples to train on, in order, and count all of them in the summary."""
    chosen: list[Example] = []
    texts: list[str] = []
    characters = 0
    for example in examples:
        if summary.leaves_aside(example):
            continue
        summary.add(example)
        chosen.append(example)
        texts.append(example.review.full_text)
        characters += len(texts[-1])
        if len(texts) == MAX_TEXTS or characters >= MAX_CHARACTERS:
            yield _batch(chosen, texts)
            chosen, texts, characters = [], [], 0
    if texts:
        yield _batch(chosen, texts)


def _batch(examples: list[Example], texts: list[str]) -> Batch:
    return Batch(
        texts=texts,
        labels=np.array([example.label == "positive" for example in examples], dtype=np.int8),
        weights=np.array([example.weight for example in examples]),
        products=np.array([product_values(example.product) for example in examples]),
    )


def _blocks_of(chunks: Iterable[Chunk], vocabulary: NDArray[np.int64]) -> Iterator[Block]:
    waiting: list[Block] = []
    cells = rows = 0
    for chunk in chunks:
        waiting.append(block_of(chunk, vocabulary))
        cells += len(waiting[-1].columns)
        rows += len(waiting[-1].norms)
        if cells >= CELLS_A_BLOCK or rows >= ROWS_A_BLOCK:
            yield joined(waiting)
            waiting, cells, rows = [], 0, 0
    if waiting:
        yield joined(waiting)


def _check(moments: Moments) -> None:
    for purpose, (negative, positive) in (
        ("training", moments.rows.tolist()),
        ("calibration, on one review in twenty,", moments.reserved.tolist()),
    ):
        if min(positive, negative) < MIN_REVIEWS_A_LABEL:
            raise TooFewReviewsError(purpose, needed=MIN_REVIEWS_A_LABEL, positive=positive, negative=negative)


def _reserved(blocks: Iterable[Block], model: Model) -> Unseen:
    """Return the reserved reviews as the model predicts them: only the first ones where there are very many."""
    parts: list[Unseen] = []
    for block in blocks:
        kept = block.reserved
        parts.append(
            Unseen(
                model.log_odds(block)[kept],
                block.products[kept],
                block.labels[kept].astype(np.int64),
                block.weights[kept],
                block.characters[kept].astype(np.float64),
                model.unknown_share(block)[kept],
            )
        )
        if sum(len(part.labels) for part in parts) >= MAX_CALIBRATING:
            break
    return Unseen(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
