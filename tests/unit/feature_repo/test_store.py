"""Feast's configuration follows from the settings, for our commands and for Feast's own."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from feast.cli.cli import cli
from feast.repo_config import load_repo_config
from feast.repo_operations import get_repo_files

from feature_repo.errors import SettingsError
from feature_repo.features import SERVING_SERVICE, TRAINING_SERVICE, lake_sources, make_services, make_views
from feature_repo.settings import Settings, load_settings
from feature_repo.store import repo_config

REPOSITORY = Path(__file__).parents[3] / "feature_repo"


def a_config(**values: Any) -> Any:  # noqa: ANN401 - Feast's has no types
    return repo_config(Settings.model_validate({"lake_bucket": "lake"} | values))


@pytest.mark.parametrize("store", ["duckdb", "ray", "athena"])
def test_every_offline_store_has_the_same_views_and_services(store: str) -> None:
    settings = Settings.model_validate({"lake_bucket": "lake", "feature_offline_store": store})
    assert repo_config(settings).offline_store is not None  # Feast validates it when it is first read
    views = make_views(lake_sources(settings), timedelta(days=90))
    assert [[field.name for field in view.features] for view in views] == [
        ["title", "text", "source", "characters", "words", "exclamations", "questions", "capitals"],
        ["label", "stars", "origin", "weight"],
        ["reviews", "mean_stars", "positive_share"],
    ]
    assert [service.name for service in make_services(views, definitions="x")] == [TRAINING_SERVICE, SERVING_SERVICE]


def test_the_serving_service_has_no_label() -> None:
    views = make_views(lake_sources(Settings(lake_bucket="lake")), timedelta(days=90))
    serving = next(one for one in make_services(views, definitions="x") if one.name == SERVING_SERVICE)
    assert [view.name for view in serving.feature_view_projections] == ["product_stats"]


def test_athena_reads_the_tables_of_its_database() -> None:
    athena = {"feature_offline_store": "athena", "loop_name": "Two-Loops"}
    config = a_config(**athena).offline_store
    assert (config.database, config.workgroup) == ("two_loops_lake", "Two-Loops")
    assert config.s3_staging_location == "s3://lake/feast/saved"
    given = a_config(**athena, athena_database="another", athena_workgroup="primary").offline_store
    assert (given.database, given.workgroup) == ("another", "primary")


def test_a_wrong_name_of_a_loop_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_BUCKET", "lake")
    monkeypatch.setenv("LOOP_NAME", "1st")
    with pytest.raises(SettingsError, match=r"^LOOP_NAME String should match[^;]*$"):
        load_settings()


def test_dynamodb_uses_the_table_of_the_stack() -> None:
    assert a_config(loop_name="Two-Loops").online_store.table_name_template == "Two-Loops.product_stats"
    assert a_config(product_stats_table="another").online_store.table_name_template == "another"


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("redis://127.0.0.1", "127.0.0.1:6379"),
        ("redis://cache:7000/2", "cache:7000,db=2"),
        ("rediss://ann:p%3Aw@cache:7000", "cache:7000,username=ann,password=p:w,ssl=True"),
    ],
)
def test_a_redis_url_becomes_a_connection_string_of_feast(url: str, spelled: str) -> None:
    assert a_config(feature_online_store="redis", redis_url=url).online_store.connection_string == spelled


def test_loops_share_a_redis_by_their_names_in_its_keys() -> None:
    redis = {"feature_online_store": "redis", "redis_url": "redis://127.0.0.1"}
    assert a_config(**redis, loop_name="Two-Loops").online_store.project_in_keys == "Two_Loops"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"FEATURE_OFFLINE_STORE": "athena", "LOOP_NAME": "Two-Loops"},
        {"FEATURE_OFFLINE_STORE": "ray", "FEATURE_ONLINE_STORE": "redis", "REDIS_URL": "redis://127.0.0.1/2"},
    ],
    ids=["defaults", "athena", "ray and redis"],
)
def test_feasts_own_command_has_the_same_configuration(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (environment | dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LAKE_BUCKET", "lake")
    monkeypatch.syspath_prepend(str(REPOSITORY))  # as for the command `feast`
    loaded, ours = load_repo_config(REPOSITORY, REPOSITORY / "feature_store.yaml"), repo_config(load_settings())
    for name in ("project", "registry", "offline_store", "online_store", "entity_key_serialization_version"):
        assert getattr(loaded, name) == getattr(ours, name), name


def test_feasts_own_command_says_in_one_line_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [*sys.path])  # Feast appends to it
    shown = CliRunner(env={"LAKE_BUCKET": ""}).invoke(cli, ["-c", str(REPOSITORY), "feature-views", "list"])
    assert shown.exit_code == 1
    assert shown.stderr.startswith("Error: LAKE_BUCKET is not set (`make up` writes")


def test_feast_finds_definitions_in_one_file_only() -> None:
    assert get_repo_files(REPOSITORY) == [REPOSITORY / "definitions.py"]


def test_redis_without_an_address_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_BUCKET", "lake")
    monkeypatch.setenv("FEATURE_ONLINE_STORE", "redis")
    with pytest.raises(SettingsError, match="needs REDIS_URL"):
        load_settings()
