"""When the DAG runs by itself, according to Airflow's scheduler."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

FIRST_RUN_IF_SEEN_AT = {
    "2026-11-29T23:59:59+00:00": "2026-11-30T03:00:00+00:00",
    "2026-11-30T03:00:00+00:00": "2026-11-30T03:00:00+00:00",
    "2026-11-30T04:00:00+00:00": "2026-12-07T03:00:00+00:00",
    "2026-12-31T23:59:50+00:00": "2027-01-04T03:00:00+00:00",
    "2028-02-29T12:00:00+00:00": "2028-03-06T03:00:00+00:00",
}
SCHEDULER = """
import json, sys
import time_machine
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction
from dags.fast_retrain_dag import fast_retrain

stored = json.loads(json.dumps(DagSerialization.to_dict(fast_retrain())))
timetable = DagSerialization.from_dict(stored).timetable
never_run = {
    "last_automated_data_interval": None,
    "restriction": TimeRestriction(earliest=None, latest=None, catchup=False),
}
first = {}
for moment in sys.argv[1:]:
    with time_machine.travel(moment, tick=False):
        run = timetable.next_dagrun_info(**never_run)
        first[moment] = run and run.run_after.isoformat()
print(json.dumps(first))
"""


def first_runs(home: Path, **environment: str) -> dict[str, str | None]:
    """Return when a scheduler that first sees the DAG at each of the moments would run it."""
    done = subprocess.run(
        [sys.executable, "-c", SCHEDULER, *FIRST_RUN_IF_SEEN_AT],
        cwd=ROOT,
        env=os.environ | {"AIRFLOW_HOME": str(home), "TZ": "Pacific/Kiritimati"} | environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_by_itself_it_runs_on_mondays_at_three_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RETRAIN_SCHEDULE", raising=False)
    assert first_runs(tmp_path) == FIRST_RUN_IF_SEEN_AT


def test_it_can_be_set_never_to_run_by_itself(tmp_path: Path) -> None:
    assert set(first_runs(tmp_path, RETRAIN_SCHEDULE="never").values()) == {None}
