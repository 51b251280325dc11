"""What Prometheus scrapes: the value of `job` of each."""

from __future__ import annotations

PUSHGATEWAY = "pushgateway"
"""The pushgateway itself. What is in it keeps its own `job` (`honor_labels`)."""
