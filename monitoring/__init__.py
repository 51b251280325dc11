"""Watches the loop: the model monitor, the servers' configuration, the dashboards."""
