"""`python -m ops <command>`: what the Makefile calls. Importing all of it takes half a second."""

from local.interruption import held_back, interruptible

with interruptible(), held_back():
    from ops.cli import cli
cli()  # reports interrupts itself, with the command that continues
