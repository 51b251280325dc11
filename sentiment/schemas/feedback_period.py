"""How long a prediction is stored and accepts feedback."""

from datetime import timedelta

LIFETIME = timedelta(days=100)
