"""The alert rules of Prometheus and the configuration of Alertmanager, generated."""
