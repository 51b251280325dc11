"""What an alert and the function that acts on it agree on. Standard library only."""

from __future__ import annotations

RETRAIN_LABEL = "retrain"
RETRAIN = "yes"
"""The label, and its value, of the alerts that start a retraining."""
