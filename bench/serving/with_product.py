"""`python -m bench.serving.with_product FOLDER PRODUCTS` prints what a product adds to a request, as JSON.

Run in a fresh interpreter. Requests without, with a known and with an unknown product take turns, so that a busy moment
slows all of them.
"""

import importlib
import json
import statistics
import sys

from bench.serving.request import TEXT, timed

ROUNDS = 400
WARM_UP = 50


def main(folder: str, products: str) -> None:
    """Print the milliseconds of the requests, by what the answer says of the product."""
    sys.path[0] = folder  # instead of the working directory: nothing comes from the project
    handler = importlib.import_module("lambdas.inference.handler").handler
    milliseconds: dict[str, list[float]] = {}
    for turn in range(WARM_UP + ROUNDS):
        for product in ({}, {"product_id": f"product-{turn % int(products)}"}, {"product_id": f"none-{turn}"}):
            seconds, answer = timed(handler, {"text": TEXT, **product})
            if turn >= WARM_UP:
                milliseconds.setdefault(answer["product_stats"], []).append(1000 * seconds)
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
