"""`python -m ops <command>`: what the Makefile calls. Half a second goes by until all of it is imported."""

from local.interruption import held_back, interruptible

with interruptible():
    with held_back():
        from ops.cli import cli
    cli()
