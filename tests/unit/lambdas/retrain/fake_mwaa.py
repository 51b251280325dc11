"""A fake of boto3's MWAA client with a small Airflow behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class FakeMwaa:
    """One environment; `fails` are the errors that the next calls raise, in order, `notes` those of started runs."""

    paused: bool = False
    known: bool = True
    version: str = "019ab1c2"
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    fails: list[Exception] = field(default_factory=list)

    def invoke_rest_api(self, **call: object) -> dict[str, Any]:
        """Answer as boto3's client does."""
        assert call.pop("Name") == "SentimentLoop"
        method, path = str(call.pop("Method")), str(call.pop("Path"))
        return {"RestApiStatusCode": 200, "RestApiResponse": self.answer(method, path, call)}

    def answer(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return Airflow's answer; `given` may have `QueryParameters` or `Body`."""
        self.calls.append((method, path))
        if self.fails:
            raise self.fails.pop(0)
        if not self.known:
            raise rest_error(404, {"detail": "not found"})
        match method, path.removeprefix("/dags/fast_retrain_dag").split("/"):
            case "GET", [""]:
                return {"dag_id": "fast_retrain_dag", "is_paused": self.paused}
            case "GET", ["", "dagRuns"]:
                newest = sorted(self.runs.values(), key=lambda run: run["run_after"], reverse=True)
                return {"dag_runs": newest[: given["QueryParameters"]["limit"]], "total_entries": len(newest)}
            case "GET", ["", "dagRuns", "~", "taskInstances"]:
                prefix = given["QueryParameters"]["run_id_prefix_pattern"]
                return {"task_instances": [task for task in self.tasks if task["dag_run_id"].startswith(prefix)]}
            case "GET", ["", "dagVersions"]:
                return {"dag_versions": [{"id": self.version, "version_number": 1}]}
            case "GET", ["", "dagRuns", run_id]:
                return self.runs[run_id]
            case "POST", ["", "dagRuns"]:
                if given["Body"]["dag_run_id"] in self.runs:
                    raise rest_error(409, {"detail": "DAGRun with that id exists"})
                self.notes[given["Body"]["dag_run_id"]] = given["Body"]["note"]
                return self.add(given["Body"]["dag_run_id"], "queued", began=None)
            case _:
                raise AssertionError(f"{method} {path}")

    def add(self, run_id: str, state: str, *, began: timedelta | None = timedelta(0)) -> dict[str, Any]:
        """Add a run that started this long before NOW, or with None one that has not started."""
        start = None if began is None else (NOW - began).isoformat()
        run = {"dag_run_id": run_id, "state": state, "start_date": start, "run_after": start or NOW.isoformat()}
        self.runs[run_id] = run
        return run

    def add_task(
        self, run_id: str, task_id: str, state: str | None, *, start: str | None = None, end: str | None = None
    ) -> None:
        """Add a task of a run."""
        times = {"start_date": start, "end_date": end}
        self.tasks.append({"dag_run_id": run_id, "task_id": task_id, "state": state, **times})

    def end(self, run_id: str, state: str = "success") -> None:
        """End a run that started at NOW."""
        self.runs[run_id] |= {"state": state, "start_date": NOW.isoformat()}


def rest_error(status: int, content: object) -> ClientError:
    """Return what boto3 raises if Airflow answers with an error."""
    code = "RestApiClientException" if status < 500 else "RestApiServerException"
    response: Any = {
        "Error": {"Code": code, "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": 400},
        "RestApiStatusCode": status,
        "RestApiResponse": content,
    }
    return ClientError(response, "InvokeRestApi")


def api_error(status: int, code: str) -> ClientError:
    """Return what boto3 raises if the MWAA API itself answers with an error."""
    response: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "InvokeRestApi")
