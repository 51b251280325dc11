"""Run in a fresh interpreter: `with_product.py FOLDER PRODUCTS` prints what a product adds to a request, as JSON.

Requests without, with a known and with an unknown product take turns, so that a busy moment is not one kind's alone.
"""

import importlib
import json
import statistics
import sys
import time

ROUNDS = 400
WARM_UP = 50
TEXT = "The sound is great and the battery lasts for days, but the strap broke after a week. " * 5


class Context:
    """What Lambda hands over beside the event."""

    aws_request_id = "bench"


def main(folder: str, products: str) -> None:
    """Measure and print milliseconds of each request, by what the answer says of the product."""
    sys.path.insert(0, folder)
    handler = importlib.import_module("lambdas.inference.handler").handler
    milliseconds: dict[str, list[float]] = {}
    for turn in range(WARM_UP + ROUNDS):
        known = f"product-{turn % int(products)}"
        for body in ({"text": TEXT}, {"text": TEXT, "product_id": known}, {"text": TEXT, "product_id": f"none-{turn}"}):
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
            taken = time.perf_counter() - started
            if answer["statusCode"] != 200:  # noqa: PLR2004 - HTTP's own number
                sys.exit(answer["body"])
            if turn >= WARM_UP:
                milliseconds.setdefault(json.loads(answer["body"])["product_stats"], []).append(1000 * taken)
    print(
        json.dumps(
            {
                use: {
                    "p50": statistics.median(taken),
                    "p95": statistics.quantiles(taken, n=20)[-1],
                    "count": len(taken),
                }
                for use, taken in milliseconds.items()
            }
        )
    )


main(*sys.argv[1:])
