"""Why a server cannot be had. The loop works without it."""

from __future__ import annotations


class UnavailableError(Exception):
    """A server could not be installed from one source; the message says why, in half a line."""


class UnreachableError(UnavailableError):
    """A source does not answer, for this server or any other."""
