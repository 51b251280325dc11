"""What can go wrong while training streams, apart from the reviews."""


class StreamingError(Exception):
    """The machine cannot go on: no room on disk, a worker that was ended; the message says what and what to do."""
