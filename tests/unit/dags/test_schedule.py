"""When the retraining runs by itself, as Airflow's scheduler reads it from the DAG."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from local.settings import ROOT

if TYPE_CHECKING:
    from pathlib import Path

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
        first[moment] = timetable.next_dagrun_info(**never_run).run_after.isoformat()
print(json.dumps(first))
"""


def test_it_begins_nothing_by_itself_but_on_mondays_at_three(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCHEDULER, *FIRST_RUN_IF_SEEN_AT],
        cwd=ROOT,
        env=os.environ | {"AIRFLOW_HOME": str(tmp_path), "TZ": "Pacific/Kiritimati"},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert json.loads(done.stdout.splitlines()[-1]) == FIRST_RUN_IF_SEEN_AT
