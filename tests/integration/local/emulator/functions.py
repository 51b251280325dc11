"""Small Lambda functions on the emulator."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from ops import aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda import LambdaClient

    from local.loop import Loop


def create_function(
    loop: Loop, name: str, files: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> LambdaClient:
    """Create a function whose handler is `handler` of `index.py`; return the Lambda client."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    client: LambdaClient = aws.client(loop, "lambda")
    client.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="index.handler",
        Role=f"arn:aws:iam::000000000000:role/{name}",
        Timeout=30,
        Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": dict(environment or {})},
    )
    return client
