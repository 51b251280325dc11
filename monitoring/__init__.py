"""Watching the loop: the monitor, Prometheus, Alertmanager, and dashboards."""
