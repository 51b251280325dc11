"""`python -m bench.serving.cold_start FOLDER HANDLER_MODULE` prints what the start and the requests cost, as JSON.

Run in a fresh interpreter. The clock starts before the function's first import and stops when it has its model and its
AWS clients.
"""

import importlib
import json
import sys
import time
from pathlib import Path

from bench.serving.request import TEXT, timed

REQUESTS = 200


def main(folder: str, module: str) -> None:
    """Measure and print."""
    sys.path[0] = folder  # instead of the working directory: nothing comes from the project unless that is the folder
    started, cpu_started = time.perf_counter(), time.process_time()
    handler = importlib.import_module(module).handler
    import_and_load_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu_started
    seconds = sorted(timed(handler, {"text": TEXT})[0] for _ in range(REQUESTS))
    status = Path("/proc/self/status").read_text()
    resident_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    print(
        json.dumps(
            {
                "import_and_load_s": import_and_load_s,
                "cpu_s": cpu_s,
                "resident_mb": resident_kib / 1000 * 1.024,
                "warm_ms": 1000 * seconds[REQUESTS // 2],
            }
        )
    )


main(*sys.argv[1:])
