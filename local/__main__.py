"""`python -m local <command>`: what the Makefile calls. Half a second goes by until all of it is imported."""

from local.interruption import held_back, interruptible

with interruptible():
    with held_back():
        from local.cli import cli
    cli()
