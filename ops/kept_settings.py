"""Keeps what make set in a deployment, so that plain cdk commands in this folder set it again.

`infra_cdk/deployments.py` reads it, which cannot be imported here.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.files import write_whole
from local.settings import Target
from ops import aws

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.loop import Loop


def keep(loop: Loop) -> None:
    """Keep the settings of the deployment that is there, or will be now."""
    place = _account(loop) if loop.settings.target is Target.AWS else {"endpoint": loop.endpoint}
    write_whole(file(loop), json.dumps({**place, "context": of_deployment(loop)}, indent=2) + "\n")


@contextmanager
def kept_if_deployed(loop: Loop) -> Iterator[None]:
    """Keep the settings for the body, which deploys with them; if it fails, those from before."""
    kept = file(loop)
    before = kept.read_text() if kept.exists() else None
    keep(loop)
    try:
        yield
    except BaseException:
        kept.unlink() if before is None else write_whole(kept, before)
        raise


def forget(loop: Loop) -> None:
    """Forget them, once the stacks are removed."""
    file(loop).unlink(missing_ok=True)


def of_deployment(loop: Loop) -> dict[str, str]:
    """The CDK context in which the loop's stacks differ from `cdk.json`."""
    given = {"target": loop.settings.target.value, "loop_name": loop.settings.loop_name, **_of_features()}
    if loop.settings.target is not Target.AWS:  # there, `cdk.json` has them
        given |= {"mwaa_endpoint": loop.mwaa_url, "pushgateway_url": loop.pushgateway_url}
        given["mlflow_tracking_uri"] = loop.mlflow_url
    return given


def _of_features() -> dict[str, str]:
    """The context that Feast's stores need; `cdk.json` has the defaults.

    The inference function reads features from the store that Feast writes, with the same window. With Athena, the
    stacks include its tables, and tasks may query them.
    """
    given = {}
    if os.environ.get("FEATURE_ONLINE_STORE") == "redis":
        given["redis_url"] = os.environ.get("REDIS_URL", "")
    if window_days := os.environ.get("WINDOW_DAYS"):
        given["window_days"] = window_days
    if os.environ.get("FEATURE_OFFLINE_STORE") == "athena":
        given["athena"] = "true"
    return given


def _account(loop: Loop) -> dict[str, str]:
    sts = aws.client(loop, "sts")
    return {"account": sts.get_caller_identity()["Account"], "region": sts.meta.region_name}


def file(loop: Loop) -> Path:
    """Where the settings are kept."""
    return loop.state_dir / "deployment.json"
