"""Starts one of Airflow's processes: reads secrets and start-up script, migrates the metadata database, then execs.

Run as a script, so that Airflow's processes can import only the bundle's wheel and the installed packages, as on MWAA,
and not this checkout. Standard library only.
"""

import fcntl
import json
import os
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

SECRETS = {
    "jwt_secret": "AIRFLOW__API_AUTH__JWT_SECRET",
    "fernet_key": "AIRFLOW__CORE__FERNET_KEY",
    "api_secret": "AIRFLOW__API__SECRET_KEY",
}
_STARTUP = "LAUNCH_STARTUP_SCRIPT"

_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_API_SERVER = "api-server"
_SCHEDULER = "scheduler"
_AIRFLOW = "import sys; from airflow.__main__ import main; sys.argv[0] = 'airflow'; sys.exit(main())"


def main() -> None:
    """Prepare, then replace this process by `airflow <arguments>`."""
    home = Path(os.environ["AIRFLOW_HOME"])
    os.chdir(home)
    secrets = json.loads((home / "secrets.json").read_text())
    os.environ.update({variable: secrets[name] for name, variable in SECRETS.items()})
    script = os.environ.pop(_STARTUP, "")
    if script:
        os.environ.update(_exported_by(script))
    if os.environ[_DATABASE].startswith("sqlite:"):
        _migrate_file(home)
    elif sys.argv[1] == _API_SERVER:  # the others are started after it
        _migrate()
    sys.stdout.flush()
    program = [str(Path(__file__).with_name("scheduler.py"))] if sys.argv[1] == _SCHEDULER else ["-c", _AIRFLOW]
    os.execv(sys.executable, [sys.executable, *program, *sys.argv[1:]])  # noqa: S606 (no shell is wanted)


def _exported_by(script: str) -> "dict[str, str]":
    """The environment after a start-up script, which MWAA gives to every process of Airflow."""
    command = ["/bin/bash", "-euc", '. "$0" >&2; exec env -0', script]
    printed = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()
    return dict(line.split("=", 1) for line in printed.split("\0") if line)


def _migrate() -> None:
    """Migrate the metadata database to this version of Airflow."""
    # Not to stdout: this process may be a command whose output somebody parses.
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], stdout=sys.stderr, check=True)


def _migrate_file(home: Path) -> None:
    """Migrate a database in a file, unless that is done; one process does it, the others wait for it."""
    database, done = home / "airflow.db", home / "migrated"
    with (home / "migration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        current = version("apache-airflow")
        if database.exists() and done.exists() and done.read_text() == current:
            return
        done.unlink(missing_ok=True)
        _migrate()
        connection = sqlite3.connect(database)
        connection.execute("PRAGMA journal_mode=WAL")  # readers and the one writer do not wait for each other
        connection.close()
        done.write_text(current)


if __name__ == "__main__":
    main()
