from __future__ import annotations

from frontend.sessions import Admitted


def test_the_oldest_sessions_are_forgotten() -> None:
    admitted = Admitted(most=2)
    for session_id in ("a", "b", "a", "c"):
        admitted.add(session_id)

    assert [session_id in admitted for session_id in "abc"] == [True, False, True]
