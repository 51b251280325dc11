"""The servers of the monitoring: the command and the environment of each. All listen on loopback only."""

from __future__ import annotations

import sys
from pathlib import Path

from local.monitoring import configuration, password
from local.monitoring.servers import ALERTMANAGER, GRAFANA, NODE_EXPORTER, PROMETHEUS, PUSHGATEWAY, SERVERS
from local.ports import HOST
from local.processes import mark_of
from local.settings import ROOT
from local.supervision import Program

GRAFANA_DIR = ROOT / "monitoring" / "grafana"
_CPUS = Path("/sys/devices/system/cpu/online")
"""Where it is missing, as in a container without /sys, node exporter 1.9 crashes as soon as it looks for it."""
_RETENTION = ("--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=1GB")
_NO_ORIGIN = "none"
"""No page has this origin, so none may read what Prometheus answers."""
_RESENT_AFTER = "15s"
"""Prometheus 2.42 loses an alert that fires in the seconds before it knows Alertmanager; by default, for a minute."""
_CONFIGURATION = "CONFIGURATION_SHA256"
"""Which configuration a server was started with: after a change, the supervisor starts it again."""


def home(state_dir: Path) -> Path:
    """The folder of the monitoring's data, configuration and password."""
    return state_dir / "monitoring"


def grafana_home(program: Path) -> Path | None:
    """The folder with Grafana's pages and defaults for a program; None without one."""
    root = program.resolve().parent.parent
    places = (root, root / "share" / "grafana")  # of an archive; of Homebrew and of Debian's kind of package
    return next((place for place in places if (place / "conf" / "defaults.ini").is_file()), None)


def runnable(found: dict[str, Path]) -> list[str]:
    """The servers that can run, of the programs found: Grafana only with its pages, and with something to show."""
    shown = (GRAFANA_DIR / "provisioning").is_dir() and GRAFANA.name in found and grafana_home(found[GRAFANA.name])
    return [server.name for server in SERVERS if server.name in found and (server is not GRAFANA or shown)]


def monitoring_programs(
    state_dir: Path, found: dict[str, Path], ports: dict[str, int], *, rules_dir: Path, alerting: str = ""
) -> list[Program]:
    """Write the configuration and describe the servers that have a port, in the order in which to start them.

    Args:
        state_dir: The loop's folder.
        found: The program of each.
        ports: The port of each.
        rules_dir: The folder of the alert rules.
        alerting: The text of Alertmanager's configuration; empty for the one before.
    """
    folder = home(state_dir)
    addresses = {name: f"{HOST}:{port}" for name, port in ports.items()}
    digests = configuration.write(folder, addresses, rules_dir=rules_dir, alerting=alerting)
    return [
        Program(
            name=name,
            command=_command(name, found[name], folder, port),
            environment={
                **mark_of(state_dir),
                _CONFIGURATION: digests.get(name, ""),
                **(_grafana(folder, port, ports) if name == GRAFANA.name else {}),
            },
            stop_group=False,
        )
        for name, port in ports.items()
    ]


def _command(name: str, program: Path, folder: Path, port: int) -> list[str]:
    if name == GRAFANA.name:
        return _grafana_command(program)
    return [str(program), *_arguments(name, folder, port)]


def _arguments(name: str, folder: Path, port: int) -> list[str]:
    listen = f"--web.listen-address={HOST}:{port}"
    asks_for_password = f"--web.config.file={folder / password.WEB_FILE}"
    match name:
        case PUSHGATEWAY.name:
            # A file would be older than what Prometheus has seen, and a counter that falls counts once more.
            return [listen, asks_for_password, "--persistence.file="]
        case NODE_EXPORTER.name:
            return [listen, asks_for_password, *node_exporter_options()]
        case ALERTMANAGER.name:
            return [
                *(listen, asks_for_password, f"--web.external-url=http://{HOST}:{port}"),
                f"--config.file={folder / configuration.ALERTMANAGER_FILE}",
                f"--storage.path={folder / 'alertmanager'}",
                "--cluster.listen-address=",  # it is the only one
            ]
        case PROMETHEUS.name:  # without the options that let others change it or write to it
            return [
                *(listen, asks_for_password, f"--web.external-url=http://{HOST}:{port}"),
                f"--web.cors.origin={_NO_ORIGIN}",
                f"--config.file={folder / configuration.PROMETHEUS_FILE}",
                f"--storage.tsdb.path={folder / 'prometheus'}",
                *_RETENTION,
                f"--rules.alert.resend-delay={_RESENT_AFTER}",
            ]
        case _:
            raise ValueError(f"there is no server {name}")


def node_exporter_options() -> list[str]:
    """What node exporter must not look for on this machine."""
    lacks_cpus = sys.platform == "linux" and not _CPUS.is_file()
    return ["--no-collector.cpu"] if lacks_cpus else []


def _grafana_command(program: Path) -> list[str]:
    pages = grafana_home(program)
    if pages is None:
        raise ValueError(f"{program} has no pages")
    itself = pages / "bin" / "grafana"  # on the PATH may be a script that knows the settings of a service
    return [str(itself if itself.is_file() else program), "server", "--homepath", str(pages)]


def _grafana(folder: Path, port: int, ports: dict[str, int]) -> dict[str, str]:
    """Grafana's settings; its provisioning files may use the first four."""
    return {
        "PROMETHEUS_URL": f"http://{HOST}:{ports.get(PROMETHEUS.name, 0)}",
        "PROMETHEUS_USER": password.USER,
        "PROMETHEUS_PASSWORD": password.ensure(folder),
        "DASHBOARDS_DIR": str(GRAFANA_DIR / "dashboards"),
        "GF_PATHS_PROVISIONING": str(GRAFANA_DIR / "provisioning"),
        "GF_PATHS_DATA": str(folder / "grafana"),
        "GF_PATHS_LOGS": str(folder / "grafana"),
        "GF_PATHS_PLUGINS": str(folder / "grafana" / "plugins"),
        "GF_LOG_MODE": "console",
        "GF_SERVER_HTTP_ADDR": HOST,
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_SERVER_DOMAIN": HOST,
        "GF_SERVER_ENFORCE_DOMAIN": "true",  # a name of somebody else's may resolve to this machine
        "GF_SECURITY_ADMIN_USER": password.USER,
        "GF_SECURITY_ADMIN_PASSWORD__FILE": str(folder / password.FILE),
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_NEWS_NEWS_FEED_ENABLED": "false",
    }
