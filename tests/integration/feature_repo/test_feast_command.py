"""Feast's own command line does with this repository what our commands do."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from feast.cli.cli import cli
from feast.protos.feast.core.Registry_pb2 import Registry

from feature_repo.lake.keys import REGISTRY
from feature_repo.materialise import Materialised, materialise
from feature_repo.settings import Settings
from feature_repo.store import definitions, open_store
from tests.integration.feature_repo.planted import UNTIL, Planted, days_ago

if TYPE_CHECKING:
    from feast import FeatureStore

    from feature_repo.lake.objects import Lake
    from tests.integration.resources import Resources

PROJECT = Path(__file__).parents[3]


def feast(*arguments: str) -> str:
    """Call Feast's command, which reads the settings of the environment as ours does; return what it prints.

    In this process, because its own takes 10 s to start.
    """
    done = CliRunner().invoke(cli, ["-c", str(PROJECT / "feature_repo"), *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def settings(resources: Resources) -> Settings:
    """As our commands read them from the environment."""
    assert resources.lake
    return Settings()


def test_our_commands_find_what_feast_applied(settings: Settings, lake: Lake) -> None:
    command = [str(Path(sys.executable).parent / "feast"), "-c", "feature_repo", "apply"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    applied = lake.get(REGISTRY)
    store = open_store(settings)
    assert lake.get(REGISTRY) == applied, "nothing was left to apply"
    assert registered(store) == sorted(one.name for one in definitions(settings))


@pytest.mark.parametrize("damage", ["overwritten", "cut short", "emptied", "a source lost"])
def test_a_damaged_registry_is_rebuilt(settings: Settings, lake: Lake, damage: str) -> None:
    open_store(settings)
    whole = lake.get(REGISTRY)
    assert whole
    without = Registry.FromString(whole)
    del without.data_sources[0]
    damaged = {
        "overwritten": b"<html>not a registry</html>",
        "cut short": whole[: len(whole) // 2],
        "emptied": b"",
        "a source lost": without.SerializeToString(),
    }
    lake.put(REGISTRY, damaged[damage])

    store = open_store(settings)

    assert registered(store) == sorted(one.name for one in definitions(settings))
    rebuilt = lake.get(REGISTRY)
    open_store(settings)
    assert lake.get(REGISTRY) == rebuilt, "nothing was left to rebuild"


def registered(store: FeatureStore) -> list[str]:
    """The sorted names of everything in the registry."""
    found: list[Any] = [*store.list_data_sources(), *store.list_entities(), *store.list_feature_views()]
    return sorted(one.name for one in [*found, *store.list_feature_services()])


def test_feast_lists_materialises_and_joins_what_ours_applied(settings: Settings, lake: Lake) -> None:
    planted = Planted()
    planted.statistics("a", days_ago(3), 4, 4.5, 0.75)
    planted.put(lake)
    open_store(settings)
    _, *views = feast("feature-views", "list").splitlines()
    assert sorted(view.split()[0] for view in views) == ["product_stats", "review_label", "review_text"]
    times = [time.strftime("%Y-%m-%dT%H:%M:%S") for time in (UNTIL - timedelta(days=90), UNTIL)]
    feast("materialize", *times, "--views", "product_stats")
    assert materialise(settings, UNTIL) == Materialised(products=1, written=0)
    named = ["-f", "product_stats:reviews", "-f", "product_stats:mean_stars"]
    asked = [{"product_id": "a", "event_timestamp": days_ago(days).isoformat()} for days in (1, 5)]
    joined = json.loads(feast("get-historical-features", "-d", json.dumps(asked), *named))
    assert [(row["reviews"], row["mean_stars"]) for row in joined] == [(4, 4.5), (None, None)]
