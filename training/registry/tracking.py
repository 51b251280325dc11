"""MLflow through its own client: versions, runs and serving exports. Every wait is bounded."""

from __future__ import annotations

import json
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import mlflow
import mlflow.artifacts
import requests
from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, RunStatus
from mlflow.exceptions import MlflowException, RestException

from training.errors import PromotionRefusedError, TrackingError
from training.registry.names import ALIAS, EXPERIMENT, EXPORT_FILE, EXPORT_FOLDER, MODEL_NAME, TAG_SHA256
from training.registry.tracking_server import RegisteredVersion, TrackingServer, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MODEL_NOTE = (
    "Sentiment of product reviews: a calibrated linear model on words, pairs of words and opinion lexicons. "
    "The alias `production` names the version that the API serves. It follows `serving/production.json`: to "
    "serve another version use `python -m training promote VERSION`; moving the alias here does not."
)

# By default mlflow waits 120 s, seven times, with doubling pauses: a quarter of an hour for a dead server. Variables
# that are set already keep their values.
_WAITS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}

_RUNNING, _FINISHED, _FAILED = map(RunStatus.to_string, (RunStatus.RUNNING, RunStatus.FINISHED, RunStatus.FAILED))


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A run: when it started (UTC), and its metrics and parameters by name."""

    run_id: str
    started_at: datetime
    metrics: Mapping[str, float]
    params: Mapping[str, str]


class Tracking(TrackingServer):
    """One MLflow server. Every method raises `TrackingError` if it does not answer or refuses."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        for name, value in (_WAITS | _QUIET).items():
            os.environ.setdefault(name, value)
        # Its warnings are about deliberate choices (cloudpickle, optional columns: `training.runs.recorder`).
        logging.getLogger("mlflow").setLevel(logging.ERROR)
        self.client = MlflowClient(tracking_uri=uri, registry_uri=uri)

    def use_experiment(self) -> None:
        """Make this server and the project's experiment the current ones of mlflow's functions.

        Raises:
            TrackingError: The experiment was deleted in MLflow, which keeps its name until it is restored.
        """
        with self.errors():
            mlflow.set_tracking_uri(self.uri)
            found = self.client.get_experiment_by_name(EXPERIMENT)
            if found and found.lifecycle_stage == LifecycleStage.DELETED:
                raise TrackingError(
                    f"The experiment {EXPERIMENT} was deleted in MLflow at {self.uri}. To restore it: "
                    f"MLFLOW_TRACKING_URI={self.uri} mlflow experiments restore --experiment-id {found.experiment_id}"
                )
            mlflow.set_experiment(EXPERIMENT)

    def set_production(self, version: str) -> None:
        """Point the alias to this version."""
        with self.errors():
            self.client.set_registered_model_alias(MODEL_NAME, ALIAS, version)

    def version(self, version: str) -> RegisteredVersion:
        """Return a registered version.

        Raises:
            PromotionRefusedError: There is no such version.
        """
        with self.errors():
            try:
                found = self.client.get_model_version(MODEL_NAME, version)
            except RestException as error:
                if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                    raise PromotionRefusedError(f"There is no version {version} of {MODEL_NAME}.") from error
                raise
        return RegisteredVersion(str(found.version), str(found.run_id), found.tags)

    def run(self, run_id: str) -> TrackedRun:
        """Return what a run recorded."""
        with self.errors():
            run = self.client.get_run(run_id)
        started_at = datetime.fromtimestamp(run.info.start_time / 1000, UTC)
        return TrackedRun(run_id, started_at, run.data.metrics, run.data.params)

    def version_tagged(self, tag: str, value: str) -> RegisteredVersion | None:
        """Return the oldest version whose tag has this value; None if there is none."""
        query = f"name = '{MODEL_NAME}' and tags.`{tag}` = '{value}'"
        with self.errors():
            found = self.client.search_model_versions(query, order_by=["version_number ASC"], max_results=1)
        return RegisteredVersion(str(found[0].version), str(found[0].run_id), found[0].tags) if found else None

    def annotate(self, run_id: str, *, tags: Mapping[str, str], metrics: Mapping[str, float]) -> None:
        """Add tags and metrics to a run that has ended."""
        with self.errors():
            for name, value in tags.items():
                self.client.set_tag(run_id, name, value)
            for name, number in metrics.items():
                self.client.log_metric(run_id, name, number)

    def log_text(self, run_id: str, path: str, text: str) -> None:
        """Add a file to a run that has ended, replacing one of the same name."""
        with self.errors():
            self.client.log_text(run_id, text, path)

    def export_of(self, version: RegisteredVersion) -> bytes | None:
        """Return the serving export in the version's run; None if it is missing."""
        with TemporaryDirectory() as folder, self.errors():
            try:
                artifacts = self.client.get_run(version.run_id).info.artifact_uri
            except MlflowException as error:
                if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                    return None
                raise
            # By its own address: given the run, mlflow reports a failing server as a missing file.
            folder_uri = f"{artifacts}/{EXPORT_FOLDER}"
            files = mlflow.artifacts.list_artifacts(artifact_uri=folder_uri, tracking_uri=self.uri)
            if EXPORT_FILE not in {PurePosixPath(file.path).name for file in files}:
                return None
            local = mlflow.artifacts.download_artifacts(
                artifact_uri=f"{folder_uri}/{EXPORT_FILE}", dst_path=folder, tracking_uri=self.uri
            )
            return Path(local).read_bytes()

    def register(
        self,
        *,
        run_id: str,
        source: str,
        description: str,
        tags: dict[str, str],
        model_id: str | None = None,
    ) -> str:
        """Register the next version of the model and return its number.

        `source` is where MLflow finds its files, `description` is Markdown, and `model_id` is that of the logged
        scikit-learn model, if there is one.
        """
        with self.errors():
            try:
                self.client.create_registered_model(MODEL_NAME, description=_MODEL_NOTE)
            except RestException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            self.client.create_model_version(
                MODEL_NAME, source, run_id, tags=tags, description=description, model_id=model_id
            )
            return self._only_version(run_id)

    def settle_runs(self, version: RegisteredVersion, tag: str, value: str) -> None:
        """Among the runs whose tag has this value, mark the version's as finished and others still running as failed.

        An attempt that lost the connection to MLflow could not end its run.
        """
        with self.errors():
            self._only_version(version.run_id)
            experiment = self.client.get_run(version.run_id).info.experiment_id
            for run in self.client.search_runs([experiment], f"tags.`{tag}` = '{value}'"):
                if run.info.run_id == version.run_id and run.info.status != _FINISHED:
                    self.client.set_terminated(run.info.run_id, _FINISHED)
                elif run.info.status == _RUNNING:
                    self.client.set_terminated(run.info.run_id, _FAILED)

    def _only_version(self, run_id: str) -> str:
        """Return the first version of a run, link the run's page to it, and delete the others.

        If an answer is lost, mlflow repeats the request and the server registers another version. A version with an
        alias stays.
        """
        query = f"name = '{MODEL_NAME}' and run_id = '{run_id}'"
        found = self.client.search_model_versions(query, order_by=["version_number ASC"])
        if not found:
            raise TrackingError(f"MLflow at {self.uri} has no version of run {run_id}: it was deleted.")
        first, *repeated = found
        for other in repeated:
            if not self.client.get_model_version(MODEL_NAME, str(other.version)).aliases:
                self.client.delete_model_version(MODEL_NAME, str(other.version))
        version = str(first.version)
        scheme, _, model_id = str(first.source).partition(":/")
        if scheme == "models":  # as mlflow.register_model does
            versions = json.dumps([{"name": MODEL_NAME, "version": version}])
            self.client.set_logged_model_tags(model_id, {"mlflow.modelVersions": versions})
        return version

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what mlflow raises into a `TrackingError` with a message of one line."""
        try:
            yield
        except (MlflowException, requests.RequestException) as error:
            raise TrackingError(f"MLflow at {self.uri} {_failure(str(error))}") from error


def log_export(data: bytes) -> None:
    """Log the bytes that serving loads to the active run, with their checksum and size."""
    with TemporaryDirectory() as folder:
        path = Path(folder, EXPORT_FILE)
        path.write_bytes(data)
        mlflow.log_artifact(str(path), EXPORT_FOLDER)
    mlflow.set_tag(TAG_SHA256, sha256(data).hexdigest())
    mlflow.log_metric("artifact_bytes", len(data))


def _failure(message: str) -> str:
    """Return what mlflow's message means; for a lost connection it is long."""
    if "timed out" in message or "timeout" in message:
        return "did not answer in time; it may be waiting for its artifact store, S3."
    if "Max retries exceeded" in message or "Connection broken" in message:
        return "cannot be reached any more: is it running?"
    return f"failed: {first_line(message).rstrip('.')}."
