"""`python -m monitoring.grafana`: what `make dashboards` runs."""

from monitoring.grafana.writing import write

if __name__ == "__main__":
    write()
