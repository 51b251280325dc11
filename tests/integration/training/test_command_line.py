"""The command line: one line on what was done, or one line of error with exit code 1 and nothing half done."""

from __future__ import annotations

import http.server
import json
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from botocore.config import Config
from typer.testing import CliRunner, Result

from sentiment.evaluation import behaviour, evidence
from sentiment.reviews.record import to_line
from sentiment.reviews.sample import load_sample
from tests.integration.resources import HOLD_OUT
from training.cli import app
from training.errors import TrackingError
from training.registry.tracking import Tracking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sentiment.reviews.review import Review
    from tests.integration.training.versions import MakeVersion
    from training.registry.registry import Registry
    from training.settings import Settings


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def error_of(result: Result) -> str:
    """The one line that a failed command ends with."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if line.startswith("Error:")]
    assert len(lines) == 1
    assert "Traceback" not in result.output
    assert result.stderr.splitlines()[-1] == lines[0]
    return lines[0]


@pytest.fixture
def quick_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Timeouts of a quarter second for S3."""
    quick = Config(connect_timeout=0.25, read_timeout=0.25, retries={"total_max_attempts": 1})
    monkeypatch.setattr("training.registry.storage._CLIENT", quick)


def test_without_settings_a_line_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("ARTIFACTS_BUCKET", raising=False)
    for arguments in (("ensure",), ("show",), ("promote", "1"), ("run",)):
        assert "MLFLOW_TRACKING_URI is not set; ARTIFACTS_BUCKET is not set" in error_of(run(*arguments))


def test_promote_and_show(registry: Registry, settings: Settings, make_version: MakeVersion) -> None:
    assert settings
    assert "Nothing can be served: no model is in production" in error_of(run("show"))
    version = make_version("great")
    assert run("promote", version).stdout == "Version 1 is promoted: it is served within 30 s.\n"
    assert run("promote", version).stdout == "Version 1 is already served; nothing changed.\n"
    assert (
        run("promote", make_version("fine")).stdout
        == "Version 2 is promoted after version 1: it is served within 30 s.\n"
    )
    shown = run("show")
    assert shown.exit_code == 0
    assert "2 (before: 1)" in shown.stdout
    assert "replayed" in shown.stdout
    assert registry.store.read_pointer().pointer is not None
    assert "no version 9" in error_of(run("promote", "9"))


def test_mlflow_down(registry: Registry, closed_port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", closed_port)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for arguments in (("ensure",), ("show",), ("promote", "1"), ("run",), ("run", "--promote")):
        error = error_of(run(*arguments))
        assert f"MLflow at {closed_port} cannot be reached" in error
        assert len(error) < 120
    assert registry.store.read_pointer().pointer is None


def test_an_mlflow_that_accepts_and_never_answers(
    registry: Registry, silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", silent_server)
    monkeypatch.setattr("training.registry.tracking_server._TIMEOUT_S", 0.3)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for arguments in (("ensure",), ("run",)):
        assert "did not answer within" in error_of(run(*arguments))
    assert "did not answer in time" in error_of(run("promote", "1"))
    assert registry.store.read_pointer().pointer is None


def test_waits_for_mlflow_are_bounded_by_default(silent_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"):
        monkeypatch.delenv(name, raising=False)
    Tracking(silent_server)
    timeout, retries = (
        int(os.environ[name]) for name in ("MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES")
    )
    assert timeout * (1 + retries) <= 60


@pytest.fixture
def web_server() -> Iterator[str]:
    """The URL of a web server that is not MLflow."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>It works!</html>")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(timeout=10)


def test_something_else_on_mlflows_port(registry: Registry, web_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", web_server)
    for arguments in (("ensure",), ("run",), ("show",)):
        assert "is not MLflow" in error_of(run(*arguments))
    assert registry.store.read_pointer().pointer is None


@pytest.mark.usefixtures("quick_storage")
@pytest.mark.parametrize("server", ["closed_port", "silent_server"])
def test_s3_that_does_not_answer(
    registry: Registry,
    make_version: MakeVersion,
    server: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    version = make_version("great")
    monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue(server))
    for arguments in (("ensure",), ("show",), ("promote", version), ("run", "--promote")):
        assert "did not answer" in error_of(run(*arguments))
    assert registry.tracking.production() is None


def test_a_bucket_that_does_not_exist(
    registry: Registry, make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = make_version("great")
    monkeypatch.setenv("ARTIFACTS_BUCKET", "no-such-bucket-anywhere")
    for arguments in (("ensure",), ("show",), ("promote", version), ("run", "--promote")):
        assert "no-such-bucket-anywhere does not exist" in error_of(run(*arguments))
    assert registry.tracking.production() is None


def test_rollback_and_audit(registry: Registry, settings: Settings, make_version: MakeVersion) -> None:
    assert settings.artifacts_bucket == registry.store.bucket
    assert run("audit").stdout == "The audit log is empty.\n"
    assert "no model is in production" in error_of(run("rollback"))
    for word in ("great", "fine"):
        run("promote", make_version(word))
    assert run("rollback").stdout == "Rolled back from version 2 to version 1: it is served within 30 s.\n"
    assert "since a rollback from version 2" in error_of(run("rollback"))
    assert run("rollback", "--to", "2").stdout == "Rolled back from version 1 to version 2: it is served within 30 s.\n"
    lines = run("audit").stdout.splitlines()
    assert [line.split()[2:4] for line in lines] == [
        ["by", "hand"],
        ["by", "hand"],
        ["rollback", "served"],
        ["rollback", "served"],
    ]
    newest = json.loads(run("audit", "--json", "--last", "1").stdout)
    assert (newest["version"], newest["previous_version"], newest["kind"]) == ("2", "1", "rollback")
    shown = run("show").stdout
    assert "because            Rolled back from version 1 to version 2, by command." in shown
    assert "anchor             version 1" in shown


def test_a_candidate_that_the_gate_rejects_is_registered_only(
    registry: Registry, settings: Settings, tmp_path: Path
) -> None:
    assert settings.artifacts_bucket == registry.store.bucket
    path = tmp_path / "mine.jsonl"
    reviews = [review if HOLD_OUT.holds_out(review.text) else turned(review) for review in load_sample()[::2]]
    path.write_text("".join(to_line(review) + "\n" for review in reviews))
    refused = error_of(run("run", "--reviews", str(path), "--promote", "--folds", "2"))
    assert "Version 1 is registered but not promoted. Rejected" in refused
    assert registry.store.read_pointer().pointer is None
    (entry,) = registry.audit.entries()
    assert (entry.kind, entry.outcome, entry.version) == ("decision", "rejected", "1")
    forced = run("run", "--reviews", str(path), "--promote", "--force", "--stream-above", "100")
    assert forced.stdout.startswith("Version 2, trained from disk: ")
    assert forced.stdout.endswith("The gate was not applied; it is served within 30 s.\n")
    assert [entry.kind for entry in registry.audit.entries()] == ["decision", "by hand"]
    run("run", "--reviews", str(path), "--promote", "--folds", "2")  # now there is production to compare with
    (_, _, compared, *_) = registry.audit.entries()
    assert {behaviour.RULE, evidence.RULE} <= {rule["name"] for rule in compared.details["rules"]}


def turned(review: Review) -> Review:
    """A review whose label is the other one; without stars, which would disagree."""
    return replace(review, stars=None, label="negative" if review.label == "positive" else "positive")


def test_too_few_reviews(registry: Registry, tmp_path: Path) -> None:
    everything = load_sample()
    cases = {
        "one_label": [review for review in everything if review.label == "positive"][:900],
        "too_few": everything[:60],
    }
    for name, reviews in cases.items():
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(to_line(review) + "\n" for review in reviews))
        assert "too few reviews to" in error_of(run("run", "--reviews", str(path), "--promote"))
    assert registry.store.read_pointer().pointer is None
    assert not registry.tracking.client.search_model_versions("name = 'sentiment'")


def test_files_without_reviews(registry: Registry, tmp_path: Path) -> None:
    strange = tmp_path / "strange.bin"
    strange.write_bytes(b"\x00\x01 nothing of the kind")
    assert "Known formats" in error_of(run("run", "--reviews", str(strange)))
    for path in (tmp_path / "missing.jsonl", tmp_path):
        assert "cannot be read" in error_of(run("run", "--reviews", str(path)))
    assert registry.store.read_pointer().pointer is None


@pytest.mark.parametrize(
    "wrong", [("--folds", "1"), ("--regularization-c", "0"), ("--regularization-c", "nan"), ("--max-ngrams", "0")]
)
def test_hyperparameters_out_of_range_are_refused(wrong: tuple[str, str], settings: Settings) -> None:
    assert settings
    assert run("run", *wrong).exit_code == 2


def test_own_reviews_become_a_served_version(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    lines = [to_line(review) for review in load_sample()[::2]]
    path.write_text("\n".join([*lines, json.dumps({"nothing": "of use"})]))
    result = run("run", "--reviews", str(path), "--promote", "--folds", "2")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Version 1, trained in memory: macro-F1 0.")
    assert result.stdout.endswith("Promoted: it is served within 30 s.\n")
    pointer = registry.store.read_pointer().pointer
    assert pointer is not None
    assert pointer.model_version == "1"
    tags = registry.tracking.client.get_run(pointer.run_id).data.tags
    assert tags["dataset"] == "mine.jsonl"
    with pytest.raises(TrackingError):
        registry.tracking.run("no such run")
