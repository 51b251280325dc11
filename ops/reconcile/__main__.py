"""`python -m ops.reconcile`. It takes a while to import all of it: Ctrl-C may come then, too."""

from sentiment.interruption import held_back, interruptible

if __name__ == "__main__":
    with interruptible():
        with held_back():
            from ops.reconcile.cli import main

        main()
