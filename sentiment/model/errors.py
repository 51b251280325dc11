"""Errors of training, and the fewest reviews that it accepts."""

MIN_REVIEWS_A_LABEL = 10


class TooFewReviewsError(ValueError):
    """The reviews cannot train a model; the message says why."""

    def __init__(self, purpose: str, *, needed: int, positive: int, negative: int) -> None:
        super().__init__(
            f"{purpose} needs {needed} reviews of each label; there are {positive} positive, {negative} negative"
        )


class StreamingError(Exception):
    """Training from disk cannot continue: the disk is full or a worker died. The message says what to do."""
