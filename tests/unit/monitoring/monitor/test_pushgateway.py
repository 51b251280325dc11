"""Which groups the monitor takes for those of environments that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitoring.monitor.pushgateway import SILENT_S, Groups, Pushgateway
from sentiment.schemas.metrics import JOB_FUNCTIONS, JOB_MONITOR

if TYPE_CHECKING:
    import pytest

NOW = 1_700_000_000.0


def pushed(job: str, instance: str, at: float) -> str:
    return f'push_time_seconds{{instance="{instance}",job="{job}"}} {at}'


def test_a_push_from_when_the_clock_was_ahead_makes_no_other_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(
        (
            pushed(JOB_MONITOR, "", NOW),
            pushed(JOB_FUNCTIONS, "live", NOW - 30),
            pushed(JOB_FUNCTIONS, "ahead", NOW + 4 * SILENT_S),
            pushed(JOB_FUNCTIONS, "gone", NOW - SILENT_S - 1),
        )
    )
    monkeypatch.setattr(Pushgateway, "_call", lambda _, method, *_path: text.encode() if method == "GET" else b"")

    assert Pushgateway("http://127.0.0.1:9091").delete_silent() == Groups(left=2, deleted=1)
