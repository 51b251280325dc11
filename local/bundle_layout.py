"""The names of MWAA's layout in a bucket."""

DAGS = "dags/"
CONSTRAINTS = "constraints.txt"
"""Beside the DAGs, which is where AWS has constraints of one's own put."""
PLUGINS = "plugins.zip"
REQUIREMENTS = "requirements.txt"
STARTUP = "startup.sh"
"""MWAA runs it before every process of Airflow; what it exports, they have in their environment."""
