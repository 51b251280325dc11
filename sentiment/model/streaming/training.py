"""Training on any number of reviews, in passes over what was read of them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from sentiment.model import features
from sentiment.model.artifact import TOKENIZER, Artifact
from sentiment.model.calibration import calibrate
from sentiment.model.lexicon import load_lexicon
from sentiment.model.streaming.batching import batches_of
from sentiment.model.streaming.blocks import Block, block_of, joined
from sentiment.model.streaming.counting import NgramCounts
from sentiment.model.streaming.featurising import Chunk
from sentiment.model.streaming.fitting import fit_weights
from sentiment.model.streaming.moments import Moments
from sentiment.model.streaming.naming import names_of
from sentiment.model.streaming.objective import Model, Objective
from sentiment.model.streaming.spill import Spill
from sentiment.model.streaming.workers import Workers
from sentiment.model.summary import Summary
from sentiment.model.training import (
    MIN_REVIEWS_A_LABEL,
    WEIGHT_DECIMALS,
    TooFewReviewsError,
    TrainedModel,
    histogram,
    pipeline_of,
)
from sentiment.reviews.product import PRODUCT_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from sentiment.model.hyperparameters import Hyperparameters
    from sentiment.reviews.example import Example

MAX_WORKERS = 4
"""Each takes 0.1 GB; with more of them the process that they work for would be what all wait for."""

MAX_CANDIDATES = 2**19
"""N-grams that weights are fitted for, those that most reviews hold; `max_ngrams` of them are kept."""

MAX_CALIBRATING = 200_000
"""Reserved reviews that calibrate: two numbers and the product's three need no more."""

CELLS_A_BLOCK = 2_000_000
ROWS_A_BLOCK = 16_384
"""Whichever is reached first: large enough that a pass is work on reviews, and not on blocks."""


def train_streaming(
    examples: Iterable[Example],
    hyperparameters: Hyperparameters,
    *,
    dataset: str | None = None,
    replayed: bool = False,
    workers: int | None = None,
) -> TrainedModel:
    """Return a model of these examples, in memory that does not grow with their number.

    The same examples in the same order and the same hyperparameters give the same artifact, bit for bit, whatever the
    number of workers. `folds` and `seed` have no part in it: one review in twenty, chosen by its text, is reserved to
    stop the fit and to calibrate.

    Args:
        examples: Labelled reviews with their weights and products; gone through once.
        hyperparameters: The settings of the run.
        dataset: What people call these reviews, for the artifact's summary.
        replayed: Whether the reviews' times are a demonstration's.
        workers: Processes that read texts; if not given one for each core, and at most four.

    Raises:
        TooFewReviewsError: Fewer than ten reviews of either label are trained on, or are reserved.
        StreamingError: There is no room on disk, or a worker was ended.
    """
    summary = Summary()
    with ExitStack() as files, threadpool_limits(1):  # sums in another order would give other last digits
        names = files.enter_context(Spill())
        blocks = Blocks(files.enter_context(Spill()))
        with Spill() as chunks:
            counts = NgramCounts()
            with Workers(workers or min(os.cpu_count() or 1, MAX_WORKERS)) as pool:
                for chunk in pool.read(batches_of(examples, summary)):
                    counts.add(chunk.hashes, chunk.held_by)
                    names.append((chunk.named, chunk.names))
                    chunks.append(chunk.counted())
            vocabulary = counts.most_frequent(MAX_CANDIDATES, hyperparameters.min_reviews)
            moments = Moments(len(vocabulary))
            for block in _blocks_of((Chunk(*group) for group in chunks), vocabulary):
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
        # What an n-gram moves, in root mean square over the reviews, as in training on few reviews.
        moved = np.abs(model.ngrams) * np.sqrt(moments.held_by.sum(axis=0))
        strongest = np.argsort(-moved, kind="stable")[: hyperparameters.max_ngrams]
        strongest = strongest[model.ngrams[strongest] != 0]
        of_strongest = np.zeros(len(vocabulary))
        of_strongest[strongest] = model.ngrams[strongest]
        reserved = _reserved(blocks, model._replace(ngrams=of_strongest))
        artifact = _artifact(
            model, dict(zip(names_of(vocabulary[strongest], names), model.ngrams[strongest], strict=True)), reserved
        )
    artifact = artifact._replace(training=summary.to_dict(hyperparameters, dataset=dataset, replayed=replayed))
    return TrainedModel(pipeline=pipeline_of(artifact), artifact=artifact)


class Blocks:
    """Blocks on disk."""

    def __init__(self, spill: Spill) -> None:
        self._spill = spill

    def append(self, block: Block) -> None:
        """Write one more."""
        self._spill.append(block)

    def __iter__(self) -> Iterator[Block]:
        return (Block(*group) for group in self._spill)


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
    negative, positive = moments.rows
    if min(positive, negative) < MIN_REVIEWS_A_LABEL:
        raise TooFewReviewsError(
            f"training needs {MIN_REVIEWS_A_LABEL} reviews of each label; "
            f"there are {positive} positive, {negative} negative"
        )
    negative, positive = moments.reserved
    if min(positive, negative) < MIN_REVIEWS_A_LABEL:
        raise TooFewReviewsError(
            f"of the reviews that calibrate, one in twenty, {MIN_REVIEWS_A_LABEL} of each label are needed; "
            f"there are {positive} positive, {negative} negative"
        )


class _Reserved(NamedTuple):
    log_odds: NDArray[np.float64]
    products: NDArray[np.float64]
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    characters: NDArray[np.float64]


def _reserved(blocks: Iterable[Block], model: Model) -> _Reserved:
    """Return what the model says of reserved reviews, the first ones where there are very many."""
    parts: list[_Reserved] = []
    for block in blocks:
        kept = block.reserved
        parts.append(
            _Reserved(
                model.log_odds(block)[kept],
                block.products[kept],
                block.labels[kept].astype(np.int64),
                block.weights[kept],
                block.characters[kept].astype(np.float64),
            )
        )
        if sum(len(part.labels) for part in parts) >= MAX_CALIBRATING:
            break
    return _Reserved(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _artifact(model: Model, ngrams: dict[str, float], reserved: _Reserved) -> Artifact:
    calibration = calibrate(reserved.log_odds, reserved.products, reserved.labels, reserved.weights)
    slope = calibration.slope
    return Artifact(
        ngrams={
            ngram: rounded for ngram, weight in ngrams.items() if (rounded := round(slope * weight, WEIGHT_DECIMALS))
        },
        lexicon=load_lexicon(),
        values=dict(zip(features.VALUES, (slope * model.values).round(WEIGHT_DECIMALS).tolist(), strict=True)),
        product=dict(zip(PRODUCT_VALUES, calibration.product.round(WEIGHT_DECIMALS).tolist(), strict=True)),
        intercept=round(slope * model.intercept + calibration.offset, 6),
        tokenizer=TOKENIZER,
        calibration={
            "method": "platt",
            "reserved": len(reserved.labels),
            "slope": round(slope, 6),
            "offset": round(calibration.offset, 6),
        },
        reference={
            "probability": histogram(expit(calibration.log_odds(reserved.log_odds, reserved.products))),
            "characters": histogram(reserved.characters),
        },
        training={},
    )
