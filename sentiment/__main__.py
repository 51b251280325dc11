"""`python -m sentiment`; Ctrl-C also works while the imports take their part of a second."""

from sentiment.interruption import held_back, interruptible

if __name__ == "__main__":
    with interruptible():
        with held_back():
            from sentiment.cli import app

        app()
