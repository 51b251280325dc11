"""What product statistics add to a request of the packaged inference function."""

from __future__ import annotations

import json
import statistics
import struct
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.processes import output_of
from bench.row import Row
from bench.serving.emulator import EMULATOR, emulator, fill, session_of
from bench.serving.function import inference_asset
from lambdas.inference.feast_format import entity_id

if TYPE_CHECKING:
    from collections.abc import Mapping

PRODUCTS = 100
BUDGET_SHARE = 0.99
"""Share of the requests with a known product that must use its statistics: giving up would look fast."""


def run() -> list[Row]:
    """Measure in a fresh process, from the asset, with the emulator's DynamoDB."""
    asset = inference_asset()
    with emulator() as environment:
        fill(environment, {})
        _put_products(environment)
        program = (EMULATOR, "-m", "bench.serving.handler", "products", asset, str(PRODUCTS))
        measured: dict[str, list[float]] = json.loads(output_of(*program, env=environment))
        feast_ms = _by_feast_ms(environment)
    without, used = measured["not_asked"], measured["used"]
    if len(used) < BUDGET_SHARE * len(without):
        raise RuntimeError(f"only {len(used)} of {len(without)} requests got their product's statistics")
    p50 = {use: statistics.median(milliseconds) for use, milliseconds in measured.items()}
    p95, p95_used = (statistics.quantiles(milliseconds, n=20)[-1] for milliseconds in (without, used))
    return [
        Row(
            name="added to the p50 of a request",
            measured=p50["used"] - p50["not_asked"],
            reach=5,
            unit="ms",
            peers={"Feast's get_online_features": feast_ms},
            note=f"p50 {p50['not_asked']:.2f} ms without, {p50['used']:.2f} ms with; p95 {p95:.2f} and "
            f"{p95_used:.2f} ms; an unknown product adds {p50['unknown'] - p50['not_asked']:.2f} ms; "
            f"{len(measured.get('unavailable', []))} of {2 * len(without)} reads gave up after 50 ms; "
            "handler called directly, no cache; DynamoDB is the emulator's",
        )
    ]


def _by_feast_ms(environment: Mapping[str, str]) -> float:
    """Return the median time in which Feast reads one product, without its import, which takes seconds."""
    settings = {**environment, "LAKE_BUCKET": "lake", "HOME": str(Path.home())}
    return float(output_of(sys.executable, "-m", "bench.serving.feast_read", str(PRODUCTS), env=settings))


def _put_products(environment: Mapping[str, str]) -> None:
    """Write products as Feast does: `feast.types.Value` has an integer in field 4 and a double in field 5."""
    dynamodb = session_of(environment).client("dynamodb", endpoint_url=environment["AWS_ENDPOINT_URL"])
    values: dict[str, Any] = {
        "reviews": {"B": b"\x20\x28"},
        "mean_stars": {"B": b"\x29" + struct.pack("<d", 4.5)},
        "positive_share": {"B": b"\x29" + struct.pack("<d", 0.9)},
    }
    for number in range(PRODUCTS):
        dynamodb.put_item(
            TableName=environment["PRODUCT_STATS_TABLE"],
            Item={
                "entity_id": {"S": entity_id(f"product-{number}")},
                "event_ts": {"S": str(datetime.now(UTC))},
                "values": {"M": values},
            },
        )
