"""One tracked run: train, evaluate on held-out reviews, and register a version with its run in MLflow."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from sentiment.evaluation.metrics import Evaluation, evaluate
from sentiment.model.artifact import dump
from sentiment.model.errors import StreamingError, TooFewReviewsError
from sentiment.model.training import train
from training.errors import DataError, MachineError
from training.registry.names import TAG_SHA256
from training.registry.tracking import log_export
from training.runs import plots
from training.runs.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from sentiment.model.hyperparameters import Hyperparameters
    from sentiment.model.summary import Trainer
    from sentiment.model.trained import TrainedModel
    from sentiment.reviews.example import Example
    from sentiment.reviews.product import ProductStats
    from training.registry.tracking import Tracking
    from training.runs.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Candidate:
    """A registered version that is not in production yet, evaluated on the held-out reviews.

    `run_id` is that of MLflow, and `sha256` the checksum of the serving export.
    """

    version: str
    run_id: str
    sha256: str
    evaluation: Evaluation
    trainer: Trainer


def tracked_run(
    tracking: Tracking, dataset: Dataset, hyperparameters: Hyperparameters, *, step: Callable[[str], None]
) -> Candidate:
    """Train, evaluate, record and register one candidate.

    The version is registered last, with its checksum, so that no version has an incomplete run. A run that fails stays
    in MLflow, marked as failed. `step` is called with what starts.

    Raises:
        DataError: There are too few reviews for these hyperparameters.
        MachineError: There is too little disk space or memory for so many reviews.
        TrackingError: MLflow does not answer or refuses.
    """
    with Recorder.start(tracking, dataset, hyperparameters) as recorder:
        step(f"Training on {len(dataset.training):,} reviews")
        model = _trained(dataset, hyperparameters)
        trainer: Trainer = model.artifact.training["trainer"]
        recorder.trainer(trainer)
        step(f"Evaluating on {len(dataset.held_out):,} held-out reviews")
        truth, probabilities = _predictions(model, dataset.held_out)
        evaluation = evaluate(
            [example.label for example in dataset.held_out if example.label],
            probabilities.tolist(),
            slices=[example.review.source for example in dataset.held_out],
        )
        step("Recording metrics, plots and the model in MLflow")
        recorder.evaluation(evaluation)
        for name, figure in (
            ("confusion_matrix", plots.confusion_matrix(evaluation.metrics)),
            ("calibration", plots.calibration(truth, probabilities, evaluation.metrics.calibration_error)),
            ("precision_recall", plots.precision_recall(truth, probabilities)),
            ("telling_words", plots.telling_words(*_influence(model, dataset.held_out))),
        ):
            recorder.plot(name, figure)
        export = dump(model.artifact)
        log_export(export)
        logged = recorder.model(model.pipeline)
        version = tracking.register(
            run_id=recorder.run_id,
            source=logged.model_uri,
            model_id=logged.model_id,
            description=_describe(dataset, evaluation),
            tags={
                TAG_SHA256: sha256(export).hexdigest(),
                "dataset": dataset.name,
                "macro_f1": f"{evaluation.metrics.macro_f1:.4f}",
                **dataset.lineage.tags(),
            },
        )
    return Candidate(version, recorder.run_id, sha256(export).hexdigest(), evaluation, trainer)


def _trained(dataset: Dataset, hyperparameters: Hyperparameters) -> TrainedModel:
    try:
        return train(dataset.training, hyperparameters, dataset=dataset.name, replayed=dataset.replayed)
    except TooFewReviewsError as error:
        raise DataError(f"{dataset.name} has too few reviews: {error}.") from error
    except StreamingError as error:
        raise MachineError(f"Training on {dataset.name} stopped: {error}.") from error


def _predictions(model: TrainedModel, examples: Sequence[Example]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return whether each review is positive and the model's probability of it, both of shape (n,)."""
    probabilities = model.pipeline.predict_proba(_read_of(examples))[:, 1]
    return np.array([example.label == "positive" for example in examples]), probabilities


def _read_of(examples: Sequence[Example]) -> list[tuple[str, ProductStats | None]]:
    return [(example.review.full_text, example.product) for example in examples]


def _influence(model: TrainedModel, examples: Sequence[Example]) -> tuple[list[str], NDArray[np.float64]]:
    """Return the n-grams, and how much each moves the log-odds from review to review, of shape (n-grams,).

    That is its weight times the standard deviation of its value. Weights alone would rank rare words first, and sums
    words that every review has.
    """
    vectorizer, classifier = model.pipeline[0], model.pipeline[-1]
    values = vectorizer.transform(_read_of(examples))[:, : len(vectorizer.vocabulary)]
    variance = values.power(2).mean(axis=0).A1 - np.square(values.mean(axis=0).A1)
    weights = classifier.coef_[0][: values.shape[1]]
    return vectorizer.vocabulary, weights * np.sqrt(np.maximum(variance, 0))


def _describe(dataset: Dataset, evaluation: Evaluation) -> str:
    low, high = evaluation.intervals["macro_f1"]
    return (
        f"{dataset.name}: trained on {len(dataset.training):,} reviews; on {len(dataset.held_out):,} "
        f"held-out ones macro-F1 {evaluation.metrics.macro_f1:.3f} (95 % interval {low:.3f} to {high:.3f}), "
        f"calibration error {evaluation.metrics.calibration_error:.1%}."
    )
