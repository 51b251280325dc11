"""Watches the loop: the monitor, why predictions changed, Prometheus, Alertmanager, and dashboards."""
