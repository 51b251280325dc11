"""Lets `airflow` on the command line work on this loop's Airflow, by the two things that it reads in `AIRFLOW_HOME`.

They are `airflow.cfg`, and `config/`, from which Airflow imports modules: here those of the installed bundle.
"""

from __future__ import annotations

import io
import re
from configparser import ConfigParser
from typing import TYPE_CHECKING

from local.airflow.launch import SECRETS
from local.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.airflow.installation import Installation

OF_COMMANDS = {"AIRFLOW__LOGGING__NAMESPACE_LEVELS": "py.warnings=ERROR"}
"""Airflow logs Python's warnings to stdout, where those of its own imports would precede a command's JSON."""
_OPTION = re.compile("AIRFLOW__(.+?)__(.+)")


def prepare(home: Path, environment: Mapping[str, str], *, secrets: Mapping[str, str], installed: Installation) -> None:
    """Write the configuration that Airflow's processes have in their environment, for this user only."""
    variables = {**environment, **OF_COMMANDS, **{variable: secrets[name] for name, variable in SECRETS.items()}}
    configuration = ConfigParser(interpolation=None)
    for variable, value in variables.items():
        option = _OPTION.fullmatch(variable)
        if option:
            section, name = option[1].lower(), option[2].lower()
            if not configuration.has_section(section):
                configuration.add_section(section)
            configuration[section][name] = value.replace("%", "%%")  # Airflow interpolates
    written = io.StringIO()
    configuration.write(written)
    write_whole(home / "airflow.cfg", written.getvalue())
    link = home / "config.new"
    link.unlink(missing_ok=True)
    link.symlink_to(installed.site)
    link.replace(home / "config")
