"""`python -m local <command>`: what the Makefile calls. Half a second goes by until all of it is imported."""

import signal
import sys

INTERRUPTED = 130

try:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # pydantic can swallow one, and stay half imported
    try:
        from local.cli import cli
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    cli()
except KeyboardInterrupt:
    sys.stderr.write("\n! Interrupted.\n")
    sys.exit(INTERRUPTED)
