"""A deployed loop as its clients see it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_dynamodb import DynamoDBServiceResource
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

ROOT = Path(__file__).parents[2]
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; `body` is the parsed JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Loop:
    """The addresses of a deployed loop, and the environment of its command lines."""

    api_url: str
    api_key: str
    outputs: Mapping[str, str]
    environment: Mapping[str, str]

    def call(self, method: str, path: str, body: object = None, *, key: str | None = None) -> Answer:
        """Send JSON (bytes as they are) with the API key (or `key`); return the answer, whatever its status."""
        request = urllib.request.Request(  # noqa: S310 - the address is the deployment's own
            f"{self.api_url}{path}",
            method=method,
            data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
            headers={"content-type": "application/json", "x-api-key": self.api_key if key is None else key},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - as above
                return _answer(response)
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error)

    @property
    def reviewers_key(self) -> str:
        """The reviewers' API key."""
        return self.outputs["reviewers_api_key"]

    def predict(self, text: str) -> dict[str, Any]:
        """Return the body of a successful prediction."""
        answer = self.call("POST", "/predict", {"text": text})
        assert answer.status == 200, answer
        body: dict[str, Any] = answer.body
        return body

    def feedback(self, prediction_id: str, verdict: str, rater: str = "somebody") -> Answer:
        """Give feedback on a prediction."""
        return self.call("POST", "/feedback", {"prediction_id": prediction_id, "verdict": verdict, "rater": rater})

    def run(self, *arguments: str) -> str:
        """Run one of the project's command lines against this deployment; return its output."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def s3(self) -> S3Client:
        """The deployment's S3."""
        return self._session().client("s3", endpoint_url=self.environment.get("AWS_ENDPOINT_URL"))

    @property
    def dynamodb(self) -> DynamoDBServiceResource:
        """The deployment's DynamoDB."""
        return self._session().resource("dynamodb", endpoint_url=self.environment.get("AWS_ENDPOINT_URL"))

    @property
    def functions(self) -> LambdaClient:
        """The deployment's functions."""
        return self._session().client("lambda", endpoint_url=self.environment.get("AWS_ENDPOINT_URL"))

    @property
    def api_gateway(self) -> APIGatewayClient:
        """The deployment's gateway."""
        return self._session().client("apigateway", endpoint_url=self.environment.get("AWS_ENDPOINT_URL"))

    @property
    def secrets_manager(self) -> SecretsManagerClient:
        """The deployment's secrets."""
        return self._session().client("secretsmanager", endpoint_url=self.environment.get("AWS_ENDPOINT_URL"))

    def listed(self, service: str, operation: str, answer: str, name: str = "") -> set[str]:
        """Return the names that a list of the deployment has, also those of other loops.

        Args:
            service: As boto3 names it.
            operation: The client's method that lists.
            answer: The key of the list in its answer.
            name: The key of the name in an entry; empty where entries are names.
        """
        session: Any = self._session()
        client = session.client(service, endpoint_url=self.environment.get("AWS_ENDPOINT_URL"))
        paged = client.can_paginate(operation)
        pages = client.get_paginator(operation).paginate() if paged else [getattr(client, operation)()]
        return {entry[name] if name else entry for page in pages for entry in page.get(answer, ())}

    def _session(self) -> boto3.Session:
        return boto3.Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environment["AWS_REGION"],
        )

    def counters(self) -> dict[str, int]:
        """Return the sums of all quality counters."""
        items = self.items("QualityTable")
        return {cell: sum(int(str(item.get(cell, 0))) for item in items) for cell in ("tp", "fp", "tn", "fn")}

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return all items of the table that is this output of the stacks."""
        scan = self.dynamodb.meta.client.get_paginator("scan")
        pages = scan.paginate(TableName=self.outputs[table], ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def buckets(self) -> set[str]:
        """Return the names of all buckets, also those of other loops."""
        return {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}

    def lake_lines(self, prefix: str) -> list[dict[str, Any]]:
        """Return every JSON line below a prefix of the lake."""
        bucket, s3 = self.outputs["LakeBucket"], self.s3
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys]
        return [json.loads(line) for body in bodies for line in body.splitlines()]


def eventually(check: Callable[[], T], *, within_s: float) -> T:
    """Return what `check` returns once it raises no AssertionError; raise its last one after `within_s` seconds."""
    return Retrying(
        retry=retry_if_exception_type(AssertionError),
        stop=stop_after_delay(within_s),
        wait=wait_fixed(0.2),
        reraise=True,
    )(check)


def seconds_until(check: Callable[[], object], *, within_s: float) -> float:
    """Return how long it took until `check` held, in seconds."""
    started = time.monotonic()
    eventually(check, within_s=within_s)
    return time.monotonic() - started


def _answer(response: Any) -> Answer:  # noqa: ANN401 - urllib's answer and its error share no base class
    raw = response.read()
    is_json = "json" in response.headers.get("content-type", "")
    return Answer(response.status, dict(response.headers), json.loads(raw) if is_json else raw)
