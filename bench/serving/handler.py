"""Calls a handler in a fresh interpreter, and prints what it cost as JSON; only the standard library.

`python -m bench.serving.handler start FOLDER MODULE [MODEL]`: what the start and 200 requests cost. The clock starts
before the function's first import and stops when it has its model and its AWS clients.

`python -m bench.serving.handler products FOLDER PRODUCTS`: the milliseconds of each request, by what the answer says of
its product.

`python -m bench.serving.handler requests FOLDER [INTERVAL_S]`: the milliseconds of one request for each line of its
input, at once; with an interval, pushes of metrics are that far apart.

`python -m bench.serving.handler counting FOLDER`: the seconds of processor time that a start takes longer if the
function pushes metrics.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

TEXT = "The sound is great and the battery lasts for days, but the strap broke after a week. " * 5
OK = 200
REQUESTS = 200
ROUNDS = 400
WARM_UP = 50


class Context:
    """The context that Lambda passes with an event."""

    aws_request_id = "bench"


def start(module: str, *model: str) -> dict[str, float]:
    """Return the seconds of the start, and the memory and median time of requests afterwards.

    Args:
        module: Has the `handler`; or `handler_of`, which loads a model first.
        model: Its key in the bucket.
    """
    started, cpu_started = time.perf_counter(), time.process_time()
    imported = importlib.import_module(module)
    handler = imported.handler_of(*model) if model else imported.handler
    import_and_load_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu_started
    seconds = sorted(timed(handler, {"text": TEXT})[0] for _ in range(REQUESTS))
    status = Path("/proc/self/status").read_text()
    resident_kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return {
        "import_and_load_s": import_and_load_s,
        "cpu_s": cpu_s,
        "resident_mb": resident_kib / 1000 * 1.024,
        "warm_ms": 1000 * seconds[REQUESTS // 2],
    }


def products(count: str) -> dict[str, list[float]]:
    """Return milliseconds without, with a known and with an unknown product.

    They take turns, so that a busy moment slows all of them.
    """
    handler = importlib.import_module("lambdas.inference.handler").handler
    milliseconds: dict[str, list[float]] = {}
    for turn in range(WARM_UP + ROUNDS):
        for product in ({}, {"product_id": f"product-{turn % int(count)}"}, {"product_id": f"none-{turn}"}):
            seconds, answer = timed(handler, {"text": TEXT, **product})
            if turn >= WARM_UP:
                milliseconds.setdefault(answer["product_stats"], []).append(1000 * seconds)
    return milliseconds


def requests(*interval_s: str) -> None:
    """Make a request for each line of the input, and print its milliseconds."""
    if interval_s:
        pushes: Any = importlib.import_module("lambdas.shared.pushing.pushes")
        pushes.INTERVAL_S = float(*interval_s)
    handler = importlib.import_module("lambdas.inference.handler").handler
    for _ in sys.stdin:
        print(1000 * timed(handler, {"text": TEXT})[0], flush=True)


def counting() -> float:
    """Return the processor time of what is imported for a pushgateway alone, after the rest of the function."""
    importlib.import_module("lambdas.inference.handler")
    started = time.process_time()
    importlib.import_module("lambdas.shared.pushing.counting")
    return time.process_time() - started


def timed(handler: Any, body: dict[str, str]) -> tuple[float, dict[str, Any]]:  # noqa: ANN401 - any function's handler
    """Return the seconds that `POST /predict` takes, and its answer; exit if it is an error."""
    event = {
        "version": "1.0",
        "resource": "/predict",
        "path": "/predict",
        "httpMethod": "POST",
        "headers": {"content-type": "application/json"},
        "requestContext": {"requestId": "bench", "identity": {"sourceIp": "192.0.2.1"}},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
    started = time.perf_counter()
    answer = handler(event, Context())
    seconds = time.perf_counter() - started
    if answer["statusCode"] != OK:
        sys.exit(answer["body"])
    return seconds, json.loads(answer["body"])


_, what, folder, *arguments = sys.argv
sys.path[0] = folder  # instead of the working directory: nothing comes from the project unless that is the folder
if what == "requests":
    requests(*arguments)
else:
    measured: Any = {"start": start, "products": products, "counting": counting}[what]
    print(json.dumps(measured(*arguments)))
