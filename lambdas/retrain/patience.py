"""How long the function waits, by trigger: less than Lambda lets it, so that a caller hears why."""

from __future__ import annotations

from lambdas.retrain.cli import LONGEST_COMMAND_S
from lambdas.retrain.mwaa import LONGEST_CALL_S as LONGEST_API_CALL_S

DEADLINE_S = {"rest": 20.0, "cli": 60.0}
"""After it no call is begun."""
LONGEST_CALL_S = {"rest": LONGEST_API_CALL_S, "cli": LONGEST_API_CALL_S + LONGEST_COMMAND_S}
"""What one that was begun takes at most."""
