"""What product statistics add to a request of the packaged inference function."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.row import Row
from bench.serving.emulator import EMULATOR, emulator, fill, session_of
from bench.serving.function import inference_asset
from lambdas.inference.feast_format import entity_id
from sentiment.model import artifact
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.training import train
from sentiment.reviews.example import Example
from sentiment.reviews.sample import load_sample

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
PRODUCTS = 100
BUDGET_SHARE = 0.99
"""Share of the requests with a known product that must use its statistics: giving up would look fast."""


def run() -> list[Row]:
    """Measure in a fresh process, from the asset, with the emulator's DynamoDB."""
    asset = inference_asset()
    model = artifact.dump(train(map(Example, load_sample()), Hyperparameters()).artifact)
    with emulator() as environment:
        fill(environment, model, {})
        _put_products(environment)
        done = subprocess.run(
            [EMULATOR, "-m", "bench.serving.with_product", asset, str(PRODUCTS)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env=dict(environment),
        )
        feast_ms = _by_feast_ms(environment)
    if done.returncode:
        raise RuntimeError(f"the function did not answer: {done.stderr[-2000:]}")
    measured: dict[str, dict[str, float]] = json.loads(done.stdout)
    without, used, unknown = (measured[use] for use in ("not_asked", "used", "unknown"))
    if used["count"] < BUDGET_SHARE * without["count"]:
        raise RuntimeError(
            f"only {used['count']:.0f} of {without['count']:.0f} requests got their product's statistics"
        )
    gave_up = measured.get("unavailable", {"count": 0})["count"]
    return [
        Row(
            name="added to the p50 of a request",
            measured=used["p50"] - without["p50"],
            reach=5,
            unit="ms",
            peers={"Feast's get_online_features": feast_ms},
            note=f"p50 {without['p50']:.2f} ms without, {used['p50']:.2f} ms with; p95 {without['p95']:.2f} and "
            f"{used['p95']:.2f} ms; an unknown product adds {unknown['p50'] - without['p50']:.2f} ms; "
            f"{gave_up:.0f} of {2 * without['count']:.0f} reads gave up after 50 ms; "
            "handler called directly, no cache; DynamoDB is the emulator's",
        )
    ]


def _by_feast_ms(environment: Mapping[str, str]) -> float:
    """Return the median time in which Feast reads one product, without its import, which takes seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.serving.feast_read", str(PRODUCTS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "LAKE_BUCKET": "lake", "HOME": str(Path.home())},
    )
    if done.returncode:
        raise RuntimeError(f"Feast did not read: {done.stderr[-2000:]}")
    return float(done.stdout)


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
