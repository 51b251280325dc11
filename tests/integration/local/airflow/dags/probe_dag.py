"""Writes to the bucket what an Airflow task finds in its process."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from typing import Any

import boto3
from airflow.sdk import dag, get_current_context, task

_PACKAGES = ("training", "sentiment", "feature_repo", "local", "infra_cdk")


def _origin(module: str) -> str | None:
    spec = importlib.util.find_spec(module)
    return spec.origin if spec else None


@dag(dag_id="probe", schedule=None, is_paused_upon_creation=False)
def probe() -> None:
    """One task."""

    @task
    def look() -> str:
        found: dict[str, Any] = {
            "origins": {name: _origin(name) for name in _PACKAGES},
            "path": sys.path,
            "cwd": os.getcwd(),  # noqa: PTH109 (a string for JSON)
            "environment": dict(os.environ),
            "writes_bytecode": not sys.dont_write_bytecode,
            "loaded": sorted({name.split(".")[0] for name in sys.modules}),
        }
        key = f"probe/{get_current_context()['run_id']}.json"
        boto3.client("s3").put_object(Bucket=os.environ["PROBED_BUCKET"], Key=key, Body=json.dumps(found))
        return key

    look()


probe()
