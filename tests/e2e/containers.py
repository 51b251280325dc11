"""The loop in the containers of `localstack-compose.yml`."""

from __future__ import annotations

import json
import os
import subprocess

from tests.compose import compose
from tests.e2e.deployment import exported
from tests.e2e.loop import ROOT, Loop

PUBLISHED = ".local/localstack/published"


class InContainers:
    """The loop of `localstack-compose.yml`, which runs already and goes on running."""

    owns_emulator = False

    def local(self, *arguments: str) -> str:
        """Run one of the commands in a container, with this process's settings of traffic and retraining."""
        given = [f"--env={name}" for name in ("COUNT", "SEED", "FORCE") if name in os.environ]
        return self._compose("run", "--rm", "--no-deps", "-T", *given, "deploy", "python", "-m", "ops", *arguments)

    def loop(self) -> Loop:
        """The deployed loop, from the files for this machine."""
        read = ("exec", "-T", "frontend", "cat")
        found = json.loads(self._compose(*read, f"{PUBLISHED}/outputs.json"))
        environment = exported(self._compose(*read, f"{PUBLISHED}/env"))
        return Loop(found["api_url"], found["api_key"], found, environment)

    def up(self) -> str:
        """Run Compose's `up` again; return what the deployment printed."""
        servers = self._compose("config", "--services").split()
        here = [name for name in servers if name != "grafana" or self._compose("ps", "--quiet", name)]
        self._compose("up", "--detach", "--wait", "--no-build", *here)
        return self._compose("logs", "--since", self.started("deploy"), "deploy")

    def started(self, service: str) -> str:
        """When a container was started last, as ISO time."""
        container = self._compose("ps", "--all", "--quiet", service).strip()
        return _run("docker", "inspect", "--format", "{{.State.StartedAt}}", container).strip()

    def kill(self, service: str, command: str) -> None:
        """Kill one process in a container, found by its command, as a lack of memory would."""
        looked_for = "import psutil; next(p for p in psutil.process_iter() if {!r} in ' '.join(p.cmdline())).kill()"
        self._compose("exec", "-T", service, "python", "-c", looked_for.format(command))

    def _compose(self, *arguments: str) -> str:
        return _run(compose(), "-f", "localstack-compose.yml", *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
