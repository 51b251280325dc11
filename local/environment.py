"""The environment of child processes: no AWS settings of the user's shell, and no proxy for this machine itself."""

from __future__ import annotations

import os

from local.settings import ROOT

_CACHES = ROOT / ".build" / "caches"
TOOL_SETTINGS = {
    "MPLCONFIGDIR": str(_CACHES / "matplotlib"),
    "CDK_HOME": str(_CACHES / "cdk"),
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(_CACHES / "jsii"),
    "NODE_COMPILE_CACHE": str(_CACHES / "node"),
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
"""Settings that keep tools' files in this folder rather than in the user's home, and turn telemetry off."""
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    # Profiles on disk can name another region, a login or an endpoint.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""What both emulators accept. They are not secret and give access to nothing outside this machine."""

_AMBIENT = ("AWS_", "MLFLOW_", "CDK_", "PYTHONPATH", "PYTHONHOME")
"""Variables that other projects leave in a shell: accounts, endpoints, a tracking server, a module path."""
_KEPT = {"AWS_CA_BUNDLE", "MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"}
_BARE = ("PATH", "HOME", "LANG", "LC_ALL", "USER", "SHELL")


def without_ambient(environment: dict[str, str] | None = None) -> dict[str, str]:
    """The given environment (by default this process's) without variables of other projects or accounts."""
    source = dict(os.environ) if environment is None else environment
    kept = {name: value for name, value in source.items() if not name.startswith(_AMBIENT) or name in _KEPT}
    loopback = "127.0.0.1,localhost"
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = f"{kept[name]},{loopback}" if kept.get(name) else loopback
    for name in ("LOCALSTACK_HOSTNAME", "EDGE_PORT"):  # cdklocal prefers them to AWS_ENDPOINT_URL
        kept.pop(name, None)
    return kept | TOOL_SETTINGS


def endpoints(endpoint: str) -> dict[str, str]:
    """The variables by which AWS's clients, unmodified, use an emulator at `endpoint`."""
    # The SDKs put `api.`, `env.` and others before a host, and no emulator's host resolves with them.
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


def for_endpoint(endpoint: str) -> dict[str, str]:
    """The environment of a command that uses an emulator at `endpoint`."""
    return without_ambient() | CREDENTIALS | endpoints(endpoint) | {"PYTHONUNBUFFERED": "1"}


def for_server(endpoint: str) -> dict[str, str]:
    """The part of a server's environment by which it uses an emulator at `endpoint`."""
    return {
        **CREDENTIALS,
        **TOOL_SETTINGS,
        **endpoints(endpoint),
        "MLFLOW_S3_ENDPOINT_URL": endpoint,
        "NO_PROXY": "127.0.0.1,localhost",
    }


def bare() -> dict[str, str]:
    """The few variables that a server needs. The emulator's functions inherit its environment."""
    return {name: os.environ[name] for name in _BARE if name in os.environ} | {"PYTHONUNBUFFERED": "1"}
