"""Retraining in nine steps, each callable alone, by the command line and by Airflow alike: see `steps`.

A step takes the settings and the run's id, does its work unless its outcome stands in S3 already, and returns the
outcome's address. It imports what is heavy when it runs: to import this package is cheap.
"""

from training.retraining.settings import RetrainingSettings, load_retraining_settings
from training.retraining.steps import (
    STEPS,
    build_frame,
    clone_hyperparameters,
    decide,
    evaluate,
    how_a_step_ended,
    ingest,
    materialise,
    promote,
    report,
    train,
)

__all__ = [
    "STEPS",
    "RetrainingSettings",
    "build_frame",
    "clone_hyperparameters",
    "decide",
    "evaluate",
    "how_a_step_ended",
    "ingest",
    "load_retraining_settings",
    "materialise",
    "promote",
    "report",
    "train",
]
