"""A cold start imports only what a request needs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "PREDICTIONS_TABLE": "predictions",
    "FEEDBACK_TABLE": "feedback",
    "QUALITY_TABLE": "quality",
    "PRODUCT_STATS_TABLE": "product_stats",
    "WINDOW_DAYS": "90",
    "ARTIFACTS_BUCKET": "artifacts",
    "LAKE_BUCKET": "lake",
    "AUDIT_TABLE": "audit",
    "MONITORING_TABLE": "monitoring",
    "RATER_KEY_SECRET": "secret",
    "REVIEWERS_API_KEY_ID": "key",
    "MWAA_ENVIRONMENT": "loop",
    "MWAA_TRIGGER": "rest",
    "COOLDOWN_S": "0",
}
NEVER = {
    *("boto3", "numpy", "scipy", "sklearn", "pandas", "mlflow", "rich", "typer", "pydantic_settings"),
    *("prometheus_client", "lambdas.shared.pushing.counting", "sentiment.schemas.metrics"),
}


@pytest.mark.parametrize(
    ("function", "unwanted"),
    [
        (
            "inference",
            {
                *NEVER,
                "lambdas.feedback",
                "lambdas.inference.openapi",
                "sentiment.model.training",
                "sentiment.model.vectorizer",
            },
        ),
        ("feedback", {*NEVER, "mmh3", "lambdas.inference", "sentiment.model.scorer"}),
        ("archive", {*NEVER, "mmh3", "pydantic", "fastapi", "mangum"}),
        ("retrain", {*NEVER, "mmh3", "pydantic", "fastapi", "mangum"}),
    ],
)
def test_a_function_imports_only_what_its_requests_need(function: str, unwanted: set[str]) -> None:
    code = f"import json, sys, lambdas.{function}.handler; print(json.dumps(sorted(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)

    assert not unwanted & set(json.loads(done.stdout))


@pytest.mark.parametrize("function", ["inference", "feedback", "archive", "retrain"])
def test_a_function_that_pushes_starts_without_prometheus_client(function: str) -> None:
    code = f"import json, sys, lambdas.{function}.handler; print(json.dumps(sorted(sys.modules)))"
    environment = {**ENVIRONMENT, "PUSHGATEWAY_URL": "http://127.0.0.1:9"}

    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    modules = set(json.loads(done.stdout))
    assert "lambdas.shared.pushing.counting" in modules
    assert "prometheus_client" not in modules


def test_a_function_starts_even_if_aws_does_not_answer() -> None:
    """It logs a warning, and answers 503 until AWS answers."""
    code = "import lambdas.inference.handler, lambdas.feedback.handler"

    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)

    assert "started without a model" in done.stderr
    assert "started without the loop's secret" in done.stderr


@pytest.mark.parametrize(
    ("function", "module"), [("inference", "lambdas.inference.serving"), ("archive", "lambdas.archive.batch")]
)
def test_a_functions_info_messages_pass_the_runtimes_log_level(function: str, module: str) -> None:
    """The runtime gives the root logger a handler before it imports the function, and leaves its level at WARNING."""
    code = f"""
import logging, sys
logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
import lambdas.{function}.handler
logging.getLogger("botocore").info("dropped")
logging.getLogger("{module}").info("logged")
"""

    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "logged"
    assert "dropped" not in done.stdout
