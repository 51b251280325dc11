"""Where MWAA expects each part of the bundle in its bucket."""

DAGS = "dags/"
CONSTRAINTS = "constraints.txt"
"""Beside the DAGs, where AWS tells users to put their constraints."""
PLUGINS = "plugins.zip"
REQUIREMENTS = "requirements.txt"
STARTUP = "startup.sh"
"""MWAA runs it before every Airflow process, which inherits what it exports."""
