"""Run in a fresh interpreter: `python -m bench.serving.feast_read PRODUCTS` prints the median read of one, in ms."""

import statistics
import sys
import time

import boto3

from feature_repo.features import SERVING_SERVICE
from feature_repo.settings import load_settings
from feature_repo.store import open_store

WARM_UP = 10


def main(products: int) -> None:
    """Read each product once, and print the median."""
    settings = load_settings()
    boto3.client("s3").create_bucket(Bucket=settings.lake_bucket)
    store = open_store(settings)
    service = store.get_feature_service(SERVING_SERVICE)
    seconds = []
    for number in range(products):
        started = time.perf_counter()
        found = store.get_online_features(features=service, entity_rows=[{"product_id": f"product-{number}"}]).to_dict()
        seconds.append(time.perf_counter() - started)
        if found["reviews"] != [40]:
            sys.exit(f"Feast found {found} of product {number}")
    print(1000 * statistics.median(seconds[WARM_UP:]))


main(int(sys.argv[1]))
