"""A prediction uses the same product statistics that training uses."""

from __future__ import annotations

import gc
import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from feature_repo.frame.frame import training_frame
from feature_repo.ingest import ingest_files, update_product_stats
from feature_repo.materialise import materialise
from feature_repo.settings import Settings
from lambdas.inference.product_features import ProductFeatures
from lambdas.inference.product_table import ProductTable
from lambdas.shared import aws
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.scorer import Scorer
from sentiment.model.training import train
from tests.integration.feature_repo.lakes import NOON, a_file, a_review

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sentiment.reviews.product import ProductStats
    from tests.integration.resources import Resources

pytestmark = [
    # Feast leaves the closing of its registry's temporary files to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed file <_io.BufferedRandom:ResourceWarning"),
    # The copy of a frozen dataset lives as long as its examples.
    pytest.mark.filterwarnings("ignore:Implicitly cleaning up <TemporaryDirectory:ResourceWarning"),
]

PRODUCTS = ("loved", "hated", "mixed", "#odd ~{}", "new today", "long ago")
TODAY = NOON - timedelta(hours=3)


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Collect garbage while its warnings are expected, and not in a later test."""
    yield
    gc.collect()


@pytest.fixture
def settings(resources: Resources, tmp_path: Path) -> Settings:
    """Settings of a lake with past reviews of some products, and reviews of today of each."""
    chance = random.Random(0)
    stars = {"loved": (4, 5, 5), "hated": (1, 1, 2), "mixed": (1, 3, 5), "#odd ~{}": (2, 4, 5)}
    reviews = [
        a_review(
            f"{product} review {number}", stars=chance.choice(rated), product=product, at=NOON - timedelta(days=day)
        )
        for product, rated in stars.items()
        for number, day in enumerate(chance.sample(range(1, 140), 60))
    ]
    reviews += [a_review(f"long ago {day}", product="long ago", at=NOON - timedelta(days=day)) for day in (100, 120)]
    reviews += [
        a_review(f"{product} today {number}", product=product, stars=5 - 4 * (number % 2), at=TODAY)
        for product in PRODUCTS
        for number in range(6)
    ]
    found = Settings(lake_bucket=resources.lake, product_stats_table=resources.product_stats)
    ingest_files(found, [a_file(tmp_path / "reviews.jsonl", reviews)])
    update_product_stats(found)
    return found


def test_training_and_serving_use_the_same_product_statistics(settings: Settings, resources: Resources) -> None:
    examples = list(training_frame(settings, NOON).examples())
    written = materialise(settings, NOON)
    products = ProductFeatures(ProductTable(resources.product_stats, aws.dynamodb), budget_s=5, now=lambda: NOON)
    scorer = Scorer(train(examples, Hyperparameters(folds=2)).artifact)
    assert written.written >= 4

    todays = [example for example in examples if example.review.time == TODAY]
    seen: dict[str | None, ProductStats | None] = {}
    for example in todays:
        stats, use = products.of(example.review.product_id)
        seen[example.review.product_id] = stats
        known = example.product is not None and example.product.reviews > 0
        assert use == ("used" if known else "unknown")
        assert not known or stats == example.product
        text = example.review.full_text
        assert scorer.probability(text, stats) == scorer.probability(text, example.product)

    assert set(seen) == set(PRODUCTS)
    shares = {name: stats.positive_share for name, stats in seen.items() if stats}
    assert shares.keys() == {"loved", "hated", "mixed", "#odd ~{}"}
    assert (shares["loved"], shares["hated"]) == (1.0, 0.0)
    assert seen["new today"] is seen["long ago"] is None
