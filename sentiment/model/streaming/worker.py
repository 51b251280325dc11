"""`python -m sentiment.model.streaming.worker`: turn each batch on standard input into a chunk on standard output.

It ends with its input, so that no worker outlives its parent.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys

from sentiment.model.lexicon import load_lexicon
from sentiment.model.streaming.featurising import Batch, Named, featurise


def main() -> int:
    """Read batches until there are none; return the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends its workers
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not end up between two answers
    lexicon = load_lexicon()
    named = Named()
    gc.disable()  # there are no cycles, and looking for them takes a tenth of the time
    while True:
        try:
            batch: Batch = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent, through a private pipe
        except EOFError:
            return 0
        pickle.dump(featurise(batch, lexicon, named), answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    sys.exit(main())
