"""Which sessions may send files: those that a page has let in. A session is there before anybody logs in."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cache

MOST = 10_000
"""The oldest are forgotten: their visitors have gone."""


class Admitted:
    """The ids of sessions that were let in."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, session_id: str) -> None:
        """Let a session in."""
        with self._lock:
            self._ids[session_id] = None
            self._ids.move_to_end(session_id)
            while len(self._ids) > self._most:
                self._ids.popitem(last=False)

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._ids


@cache  # one for the server, which asks for it outside of any session, too
def admitted() -> Admitted:
    """Return those of this server."""
    return Admitted()
