"""`python -m traffic`: what `make traffic` runs."""

from sentiment.interruption import held_back, interruptible

with interruptible():
    with held_back():
        from traffic.cli import cli
    cli()
