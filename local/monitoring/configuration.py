"""The configuration files of Prometheus and Alertmanager. JSON is YAML, so no YAML is written."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from local.files import write_whole
from local.monitoring import password
from local.monitoring.servers import ALERTMANAGER, NODE_EXPORTER, PROMETHEUS, PUSHGATEWAY, Server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROMETHEUS_FILE = "prometheus.json"
ALERTMANAGER_FILE = "alertmanager.yml"
PUSHED_EVERY_S = 5
"""How often Prometheus asks Pushgateway, which has the metrics of the loop."""
_OTHERS_EVERY_S = 15
_JOBS = {PUSHGATEWAY: "pushgateway", NODE_EXPORTER: "node", ALERTMANAGER: "alertmanager", PROMETHEUS: "prometheus"}
"""The label `job` of each server's own metrics."""
_SPECIAL = re.compile(r"[\\?*\[]")
NOBODY = "nobody"
"""The receiver that tells nobody: alerts are shown in Alertmanager only."""


def prometheus(folder: Path, addresses: dict[str, str], *, rules: Sequence[Path]) -> dict[str, Any]:
    """Prometheus' configuration.

    Args:
        folder: Where the password is.
        addresses: Host and port of each server that runs.
        rules: The rule files.
    """
    jobs = {server: job for server, job in _JOBS.items() if server.name in addresses}
    return {
        "global": {"scrape_interval": f"{_OTHERS_EVERY_S}s", "evaluation_interval": f"{PUSHED_EVERY_S}s"},
        "rule_files": [_SPECIAL.sub(r"\\\g<0>", str(file)) for file in rules],  # they are patterns
        "alerting": {
            "alertmanagers": [_target(folder, addresses, ALERTMANAGER)] if ALERTMANAGER in jobs else [],
        },
        "scrape_configs": [
            {"job_name": job, **_target(folder, addresses, server)}
            | ({"honor_labels": True, "scrape_interval": f"{PUSHED_EVERY_S}s"} if server is PUSHGATEWAY else {})
            for server, job in jobs.items()
        ],
    }


def alertmanager() -> dict[str, Any]:
    """Alertmanager's configuration before there is anybody to tell."""
    return {"route": {"receiver": NOBODY, "group_by": ["alertname"]}, "receivers": [{"name": NOBODY}]}


def write(folder: Path, addresses: dict[str, str], *, rules_dir: Path, alerting: str = "") -> dict[str, str]:
    """Write the files of all servers. Returns a digest for each that must be started again when its own changes.

    Args:
        folder: Where they are written.
        addresses: Host and port of each server that runs.
        rules_dir: The folder of the alert rules.
        alerting: The text of Alertmanager's configuration; empty for the one before, at first one that tells nobody.
    """
    password.ensure_web_file(folder)
    rules = sorted(rules_dir.resolve().glob("*.yml"))
    write_whole(folder / PROMETHEUS_FILE, json.dumps(prometheus(folder, addresses, rules=rules), indent=1))
    if alerting or not (folder / ALERTMANAGER_FILE).exists():
        write_whole(folder / ALERTMANAGER_FILE, alerting or json.dumps(alertmanager(), indent=1))
    read = {PROMETHEUS.name: [folder / PROMETHEUS_FILE, *rules], ALERTMANAGER.name: [folder / ALERTMANAGER_FILE]}
    return {name: _digest(paths) for name, paths in read.items()}


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _target(folder: Path, addresses: dict[str, str], server: Server) -> dict[str, Any]:
    target: dict[str, Any] = {"static_configs": [{"targets": [addresses[server.name]]}]}
    if server.asks_for_password:
        target["basic_auth"] = {"username": password.USER, "password_file": str(folder / password.FILE)}
    return target
