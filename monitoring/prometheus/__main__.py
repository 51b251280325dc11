"""`python -m monitoring.prometheus`. Imports take part of a second, in which Ctrl-C must work, too."""

from sentiment.interruption import held_back, interruptible

if __name__ == "__main__":
    with interruptible():
        with held_back():
            from monitoring.prometheus.cli import app

        app()
