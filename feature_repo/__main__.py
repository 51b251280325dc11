"""`python -m feature_repo`. Part of a second goes by until all of it is imported: Ctrl-C may come then, too."""

from sentiment.interruption import held_back, interruptible

if __name__ == "__main__":
    with interruptible():
        with held_back():
            from feature_repo.cli import app

        app()
