"""`python -m ops.reconcile`; imports the command so that Ctrl-C also works during its slow imports."""

from sentiment.interruption import held_back, interruptible

if __name__ == "__main__":
    with interruptible():
        with held_back():
            from ops.reconcile.cli import main

        main()
