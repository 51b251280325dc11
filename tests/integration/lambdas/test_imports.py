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
    "RATER_KEY_SECRET": "secret",
}
NEVER = {"boto3", "numpy", "scipy", "sklearn", "pandas", "mlflow", "rich", "typer", "pydantic_settings"}


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
        ("feedback", {*NEVER, "lambdas.inference", "sentiment.model.scorer"}),
        ("archive", {*NEVER, "pydantic", "fastapi", "mangum"}),
    ],
)
def test_a_function_imports_nothing_that_its_requests_do_not_need(function: str, unwanted: set[str]) -> None:
    code = f"import json, sys, lambdas.{function}.handler; print(json.dumps(sorted(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)

    assert not unwanted & set(json.loads(done.stdout))


def test_a_function_starts_although_nothing_it_needs_answers() -> None:
    """It says so in its log, and answers 503 until that changes."""
    code = "import lambdas.inference.handler, lambdas.feedback.handler"

    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)

    assert "started without a model" in done.stderr
    assert "started without the key of raters" in done.stderr


@pytest.mark.parametrize(
    ("function", "module"), [("inference", "lambdas.inference.serving"), ("archive", "lambdas.archive.batch")]
)
def test_what_a_function_says_of_its_work_passes_the_level_of_the_runtime(function: str, module: str) -> None:
    """The runtime gives the root logger a handler before it imports the function, and leaves its level at WARNING."""
    code = f"""
import logging, sys
logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
import lambdas.{function}.handler
logging.getLogger("botocore").info("not said")
logging.getLogger("{module}").info("said")
"""

    done = subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "said"
    assert "not said" not in done.stdout
