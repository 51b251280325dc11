"""What a page shows where a server does not do what it was asked: a plain sentence."""

from __future__ import annotations


class ProblemError(Exception):
    """A request failed.

    The message is a sentence for people, without an address, a key or a text of theirs.

    Attributes:
        may_repeat: Whether the same request may succeed later.
    """

    def __init__(self, message: str, *, may_repeat: bool) -> None:
        super().__init__(message)
        self.may_repeat = may_repeat
