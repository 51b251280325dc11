"""Drills of the model: labels that accuse it, and an alias that names another version."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from local.environment import for_endpoint
from local.errors import LocalError
from monitoring.monitor.registry_alias import ALIAS, MODEL_NAME
from monitoring.prometheus.windows import REAL
from ops import airflow_client, outputs, retraining_outcome
from ops.commands import run
from ops.drills.calls import Api, accepted
from ops.drills.drill import Drill, Drilled
from ops.prediction import served_version

if TYPE_CHECKING:
    from ops.drills.record import Record

_BATCH = 100
_BATCHES = 5
"""Before their audited ones are labelled: about fifteen."""
_STARTED_WITHIN_S = REAL.group_wait_s + REAL.group_interval_s + 30
"""Alertmanager asks after the first, or after the second if an alert that asks for the same fired shortly before."""
_POLL_S = 1.0
_OTHER = {"positive": "negative", "negative": "positive"}
_OF_AN_ALERT = "alert"
"""In the note of a run that an alert started."""


class RemovedAlias(Drill):
    """MLflow's alias names no version."""

    def plant(self, on: Drilled, record: Record) -> None:
        """Delete the alias."""
        del record
        url = f"{on.loop.mlflow_url}/api/2.0/mlflow/registered-models/alias"
        accepted("DELETE", url, json={"name": MODEL_NAME, "alias": ALIAS})

    def mend(self, on: Drilled, record: Record) -> None:
        """Run `python -m training ensure`, which does nothing where all is well."""
        del record
        _train(on, "ensure")


class WrongLabels(Drill):
    """A reviewer labels audited predictions wrongly, until the alert fires; then as they should be.

    The alert starts a retraining. What it promotes is rolled back, for it may have learned from the wrong labels.
    """

    def keep(self, on: Drilled) -> dict[str, Any]:
        """Return the version that answers, and the runs that there were."""
        version = served_version(on.found)
        if not version.isdigit():
            raise LocalError(f"The version that answers: {version}", remedy="make up")
        return {"version": version, "runs": list(_airflow(on).notes()), "labels": {}}

    def plant(self, on: Drilled, record: Record) -> None:
        """Label the first ones."""
        self.keep_going(on, record)

    def keep_going(self, on: Drilled, record: Record) -> None:
        """Ask for predictions and label the audited ones against the answer, until the alert fires."""
        if record.fired or record.mended:
            return
        api, wrong, right = Api(on.found), {}, {}
        for _ in range(_BATCHES):
            reviews = [next(on.reviews) for _ in range(_BATCH)]
            for review, prediction in zip(reviews, api.predict(reviews), strict=True):
                wrong[prediction["prediction_id"]] = _OTHER[prediction["label"]]
                right[prediction["prediction_id"]] = review.label
        audited = [one for one in api.waiting() if one in wrong]
        if not audited:
            raise LocalError(
                f"Reviewers are asked about none of {len(wrong)} predictions: a client has few places an hour.",
                remedy="make drill in the next hour",
            )
        record.kept["labels"] |= {one: right[one] for one in audited}
        record.save()
        for one in audited:
            api.label(one, wrong[one])

    def mend(self, on: Drilled, record: Record) -> None:
        """Let the retraining begin, correct the labels, wait for its end, and roll back what it promoted."""
        run_id = self._started(on, record) if record.fired else ""
        api = Api(on.found)
        for prediction_id, label in record.kept["labels"].items():
            api.label(prediction_id, label)
        on.say(f"corrected {len(record.kept['labels'])} labels")
        if not run_id:
            return
        self._wait_for(on, run_id)
        outcome = retraining_outcome.read(on.loop, on.found["ArtifactsBucket"], run_id)
        on.say(f"the retraining ended: {outcome.sentence}")
        if outcome.version:
            _train(on, "rollback", "--to", record.kept["version"])
            on.say(f"rolled back to version {record.kept['version']}")

    def _started(self, on: Drilled, record: Record) -> str:
        """Return the id of the run that the alert started; empty if it starts none.

        It waits for the whole answer to the alert: corrected at once, labels could end it before Alertmanager asks.
        """
        airflow = _airflow(on)
        with on.loop.terminal.step("Wait for its retraining", key="drill-started", usual_s=REAL.group_wait_s) as step:
            while step.elapsed_s < _STARTED_WITHIN_S:
                new = {one: note for one, note in airflow.notes().items() if one not in record.kept["runs"]}
                if run_id := next((one for one, note in new.items() if _OF_AN_ALERT in note), ""):
                    on.say(f"it started the retraining {run_id}")
                    return run_id
                time.sleep(_POLL_S)
        on.say("it started no retraining: one was active, or had been lately")
        return ""

    def _wait_for(self, on: Drilled, run_id: str) -> None:
        airflow = _airflow(on)
        with on.loop.terminal.step("Wait for its end", key="retrain", usual_s=60) as step:
            while not airflow.run(run_id).over:
                if step.elapsed_s > on.loop.settings.retrain_timeout_s:
                    raise LocalError(f"The retraining {run_id} has not ended.", remedy="make drill waits for it again")
                time.sleep(_POLL_S)


def _airflow(on: Drilled) -> airflow_client.AirflowClient:
    return airflow_client.connect(on.loop, on.found["MwaaEnvironment"])


def _train(on: Drilled, *arguments: str) -> None:
    """Run a command of training on the loop."""
    with on.loop.terminal.step(f"python -m training {' '.join(arguments)}", key="drill-training", usual_s=5) as step:
        run(
            [sys.executable, "-m", "training", *arguments],
            what="Training",
            environment=for_endpoint(on.loop.endpoint) | outputs.for_commands(on.loop, on.found),
            log=on.loop.settings.logs_dir / "training.log",
            step=step,
            timeout_s=on.loop.settings.train_timeout_s,
            remedy="Read the log and fix the cause, then make drill",
        )
