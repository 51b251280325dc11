"""How long the function waits for Airflow, by trigger: less than its own timeout, so that it can say what happened."""

from __future__ import annotations

from lambdas.retrain.cli import LONGEST_COMMAND_S
from lambdas.retrain.mwaa import LONGEST_CALL_S as LONGEST_API_CALL_S

DEADLINE_S = {"rest": 20.0, "cli": 60.0}
"""No call starts after it."""
LONGEST_CALL_S = {"rest": LONGEST_API_CALL_S, "cli": LONGEST_API_CALL_S + LONGEST_COMMAND_S}
"""The longest that a started call takes."""
