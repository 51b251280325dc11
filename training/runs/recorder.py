"""What a run records in MLflow, under which names, and the hyperparameters that are read back."""

from __future__ import annotations

import inspect
import json
import shutil
import sys
from contextlib import contextmanager
from dataclasses import asdict, fields
from importlib import import_module
from importlib.metadata import version as installed
from modulefinder import ModuleFinder
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import mlflow
import mlflow.sklearn
import pandas as pd
from mlflow.data import dataset as mlflow_dataset
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.dataset_source_registry import resolve_dataset_source
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

import sentiment
from sentiment.clock import utc_now
from sentiment.model import frames, vectorizer
from sentiment.model.hyperparameters import Hyperparameters
from training.errors import HyperparametersError
from training.registry.names import EXPORT_FILE, EXPORT_FOLDER, HEADLINES, project_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matplotlib.figure import Figure
    from mlflow.models.model import ModelInfo
    from sklearn.pipeline import Pipeline

    from sentiment.evaluation.metrics import Evaluation
    from sentiment.model.summary import Trainer
    from training.registry.tracking import Tracking
    from training.runs.dataset import Dataset, Facts

MIN_SLICE = 30
"""Held-out reviews that a source needs for a metric of its own (`evaluation.json` has all sources)."""

# What loading the pickled pipeline needs besides this project's code, which is logged as files.
_MODEL_NEEDS = ("cloudpickle", "numpy", "pandas", "scikit-learn", "scipy")

# MLflow makes a frame of a list, with a column 0, and drops what the signature does not name. So it names both columns
# and requires neither; the model refuses a frame without them. In second place mlflow would take the name 0 for none.
_SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec("string", name, required=False) for name in (frames.UNNAMED, frames.TEXT)]),  # type: ignore[arg-type]
    outputs=Schema([ColSpec("string", "label"), ColSpec("double", "probability")]),
)
_EXAMPLE = pd.DataFrame({frames.TEXT: ["I love it, works great", "Broke after a day, awful"]})

DATA_PARAMS = ("training_reviews", "held_out_reviews", "training_sha256", "held_out_sha256")
"""Parameters of a run that are not hyperparameters."""

_HYPERPARAMETERS = {field.name for field in fields(Hyperparameters)}
_NAME_LENGTH = 80  # a dataset of many files has a long name
_DIGEST_LENGTH = 36  # mlflow's limit

_EXPERIMENT_NOTE = (
    "Every training run of the review sentiment model. `macro_f1`, on held-out reviews that no run is ever "
    "trained on, is the number to compare. The version that the API serves has the alias `production` in the "
    "registered model `sentiment`."
)


class Recorder:
    """Writes to one active run."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id

    @classmethod
    @contextmanager
    def start(cls, tracking: Tracking, dataset: Dataset, hyperparameters: Hyperparameters) -> Iterator[Self]:
        """Start a run with its parameters and data; it ends as finished, or as failed on any exception.

        Raises:
            TrackingError: MLflow does not answer or refuses.
        """
        with tracking.errors():
            tracking.use_experiment()
            # Without the kind, MLflow 3 shows the experiment among those of language models.
            mlflow.set_experiment_tags(
                {
                    "mlflow.note.content": _EXPERIMENT_NOTE,
                    "mlflow.experimentKind": "custom_model_development",
                }
            )
            tags = {
                "dataset": dataset.name,
                "times_replayed": str(dataset.replayed).lower(),
                "project_version": project_version(),
            } | dataset.lineage.tags()
            name = f"{utc_now():%Y-%m-%d %H:%M:%S} {dataset.name}"[:_NAME_LENGTH]
            with mlflow.start_run(run_name=name, tags=tags, description=_describe(dataset)) as run:
                mlflow.log_params(hyperparameters.to_dict() | _data_params(dataset))
                for context, part in (("training", dataset.trained_on), ("held-out", dataset.evaluated_on)):
                    mlflow.log_input(_ReviewsDataset(dataset.name, part, dataset.lineage.frame), context)
                if dataset.rejected:
                    mlflow.log_text(dataset.rejected.decode(), "rejected.jsonl")
                yield cls(run.info.run_id)

    def trainer(self, trainer: Trainer) -> None:
        """Record which trainer made the model, as the tag `trainer`: `memory` or `disk`."""
        mlflow.set_tag("trainer", trainer)

    def evaluation(self, evaluation: Evaluation) -> None:
        """Log the metrics, the ends of their intervals, and macro-F1 of each source that is large enough."""
        values = asdict(evaluation.metrics)
        metrics = {name: values[name] for name in HEADLINES}
        for name, (low, high) in evaluation.intervals.items():
            metrics |= {f"intervals/{name}_low": low, f"intervals/{name}_high": high}
        for source, measured in evaluation.slices.items():
            if measured.count >= MIN_SLICE:
                # With a slash, MLflow would give each source a chart group of its own.
                metrics[f"macro_f1_by_source/{source.replace('/', '.')}"] = measured.macro_f1
        mlflow.log_metrics(metrics)
        mlflow.log_dict(evaluation.to_dict(), "evaluation.json")

    def plot(self, name: str, figure: Figure) -> None:
        """Log a figure as `plots/<name>.png`."""
        mlflow.log_figure(figure, f"plots/{name}.png")

    def model(self, pipeline: Pipeline) -> ModelInfo:
        """Log the scikit-learn pipeline with the code that it needs, so that it loads without this project.

        Of a frame with the column `text`, or a list of texts, mlflow's `pyfunc` predicts labels and probabilities.
        """
        with TemporaryDirectory() as folder:
            package = copy_model_code(Path(folder))
            logged: ModelInfo = mlflow.sklearn.log_model(
                frames.FramePipeline(pipeline.steps),
                name="model",
                serialization_format="cloudpickle",
                pip_requirements=[f"{name}=={installed(name)}" for name in _MODEL_NEEDS],
                code_paths=[str(package)],
                signature=_SIGNATURE,
                input_example=_EXAMPLE,
            )
        return logged


def copy_model_code(folder: Path) -> Path:
    """Copy what the pickled pipeline is made of, with what it imports of this project; return the package's folder.

    It can be imported with `folder` on the Python path.
    """
    package = Path(inspect.getfile(sentiment)).parent
    # Imports are followed into the project only. Which modules are built in, and have no file, differs: Debian's Python
    # has `array` and `math` built in.
    finder = ModuleFinder(path=[str(package.parent)], excludes=sys.builtin_module_names)
    for module in (frames, vectorizer):
        finder.import_hook(module.__name__)
    for name in finder.modules:
        source = Path(inspect.getfile(import_module(name)))
        copy = folder / source.relative_to(package.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    return folder / package.name


def hyperparameters_of(run_id: str, params: Mapping[str, str]) -> Hyperparameters:
    """Return the hyperparameters that a run recorded; none is guessed.

    Raises:
        HyperparametersError: One is missing, invalid or unknown.
    """
    remedy = "To make a version that records them all, run `python -m training run --promote`."
    unknown = sorted(set(params) - _HYPERPARAMETERS - set(DATA_PARAMS))
    if unknown:
        raise HyperparametersError(f"Run {run_id} has unknown parameters: {', '.join(unknown)}. {remedy}")
    missing = sorted(_HYPERPARAMETERS - set(params))
    if missing:
        raise HyperparametersError(f"Run {run_id} does not record the parameters {', '.join(missing)}. {remedy}")
    try:
        return Hyperparameters.from_dict({name: params[name] for name in _HYPERPARAMETERS})
    except ValueError as error:
        raise HyperparametersError(f"The parameters of run {run_id} are invalid: {error}. {remedy}") from error


class _ReviewsDataset(mlflow_dataset.Dataset):
    """Reviews, by their checksum, and the address of their frozen frame if they have one."""

    def __init__(self, name: str, part: Facts, address: str | None = None) -> None:
        self._labels = part.labels
        self._sha256 = part.sha256
        source = resolve_dataset_source(address) if address else CodeDatasetSource({"mlflow.source.name": name})
        super().__init__(source, name=name, digest=part.sha256[:_DIGEST_LENGTH])

    def to_dict(self) -> dict[str, str]:
        """Return what mlflow stores; the profile is JSON."""
        return super().to_dict() | {"profile": json.dumps(self.profile)}

    @property
    def profile(self) -> dict[str, Any]:
        """How many reviews of each label, and the full checksum."""
        return {**self._labels, "sha256": self._sha256}

    @property
    def schema(self) -> None:
        """None: reviews are not a table of mlflow's types."""
        return None

    def _compute_digest(self) -> str:
        return self._sha256[:_DIGEST_LENGTH]


def _data_params(dataset: Dataset) -> dict[str, str | int]:
    values = len(dataset.training), len(dataset.held_out), dataset.trained_on.sha256, dataset.evaluated_on.sha256
    return dict(zip(DATA_PARAMS, values, strict=True))


def _describe(dataset: Dataset) -> str:
    window = dataset.trained_on.window
    span = f"{window[0]:%Y-%m-%d} to {window[1]:%Y-%m-%d}" if window else "not known"
    replayed = " (replayed for the demonstration: not the reviews' own times)" if dataset.replayed else ""
    rows = "\n".join(f"| {source} | {count:,} |" for source, count in dataset.trained_on.sources.items())
    return (
        f"Trained on {len(dataset.training):,} reviews of {dataset.name}, evaluated on "
        f"{len(dataset.held_out):,} held-out ones that no run is trained on. "
        f"Times of the reviews: {span}{replayed}.\n\n"
        "Metrics are of the held-out reviews; `intervals/` has the ends of their 95 % intervals. See the "
        f"tab *Artifacts*: `plots/`, `evaluation.json`, and `{EXPORT_FOLDER}/{EXPORT_FILE}`, which the API "
        f"serves once the version is promoted.\n\n| source | training reviews |\n|---|---|\n{rows}\n"
    )
