"""Run in a fresh interpreter: `cold_start.py FOLDER HANDLER_MODULE` prints what starting and asking cost, as JSON.

The clock starts before the first import of the function and stops when it has its model and its AWS clients.
"""

import importlib
import json
import sys
import time
from pathlib import Path

REQUESTS = 200
TEXT = "The sound is great and the battery lasts for days, but the strap broke after a week. " * 5


class Context:
    """What Lambda hands over beside the event."""

    aws_request_id = "bench"


def main(folder: str, module: str) -> None:
    """Measure and print."""
    sys.path.insert(0, folder)
    started, cpu_started = time.perf_counter(), time.process_time()
    handler = importlib.import_module(module).handler
    import_and_load_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu_started
    event = {
        "version": "1.0",
        "resource": "/predict",
        "path": "/predict",
        "httpMethod": "POST",
        "headers": {"content-type": "application/json"},
        "requestContext": {"requestId": "bench", "identity": {"sourceIp": "192.0.2.1"}},
        "body": json.dumps({"text": TEXT}),
        "isBase64Encoded": False,
    }
    seconds = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        answer = handler(event, Context())
        seconds.append(time.perf_counter() - started)
        if answer["statusCode"] != 200:  # noqa: PLR2004 - HTTP's own number
            sys.exit(answer["body"])
    status = Path("/proc/self/status").read_text()
    resident_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    print(
        json.dumps(
            {
                "import_and_load_s": import_and_load_s,
                "cpu_s": cpu_s,
                "resident_mb": resident_kib / 1000 * 1.024,
                "warm_ms": 1000 * sorted(seconds)[REQUESTS // 2],
            }
        )
    )


main(*sys.argv[1:])
