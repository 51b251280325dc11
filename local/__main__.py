"""`python -m local <command>`: what the Makefile calls. Half a second goes by until all of it is imported."""

import sys

INTERRUPTED = 130

try:
    from local.cli import cli

    cli()
except KeyboardInterrupt:
    sys.stderr.write("\n! Interrupted.\n")
    sys.exit(INTERRUPTED)
