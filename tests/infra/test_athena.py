"""The tables in Athena match the feature store's files, and its queries get no more rights than they need."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from feast.type_map import pa_to_athena_value_type

from feature_repo.features import lake_sources
from feature_repo.ingest import partitions, product_stats
from feature_repo.lake import keys
from feature_repo.settings import Settings
from feature_repo.store import repo_config
from sentiment.reviews.reading.fields import FIRST_YEAR
from tests.infra.test_functions import as_list
from tests.infra.test_retraining_stack import resources_of, role_statements

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from tests.infra.conftest import Synthesis

KINDS = ("AWS::Glue::Database", "AWS::Glue::Table", "AWS::Athena::WorkGroup")
WRITTEN = {
    "reviews": (keys.REVIEWS, partitions.REVIEWS),
    "labels": (keys.LABELS, partitions.LABELS),
    "product_stats": (keys.PRODUCT_STATS, product_stats.SCHEMA),
}
STAGING = f"{keys.SAVED}/"


@pytest.fixture(scope="session")
def joins(synthesised: Callable[..., Synthesis]) -> Synthesis:
    """A deployment to AWS with Athena."""
    return synthesised("aws", athena="true", loop_name="Two-Loops")


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings of that loop's commands, without names of Athena's."""
    return Settings.model_validate({"lake_bucket": "lake", "loop_name": "Two-Loops", "feature_offline_store": "athena"})


def tables(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    inputs = [one["Properties"]["TableInput"] for one in synthesis.resources("AWS::Glue::Table").values()]
    return {one["Name"]: one for one in inputs}


def rights(synthesis: Synthesis, service: str) -> list[dict[str, Any]]:
    """Return the statements of Airflow's role about a service."""
    return [
        one for one in role_statements(synthesis) if any(a.startswith(f"{service}:") for a in as_list(one["Action"]))
    ]


def added(joins: Synthesis, aws: Synthesis) -> list[dict[str, Any]]:
    """Return the statements of the role that only Athena needs."""

    def plain(statement: dict[str, Any]) -> str:
        return json.dumps(statement, sort_keys=True).replace("Two-Loops", "SentimentLoop")

    before = {plain(statement) for statement in role_statements(aws)}
    return [statement for statement in role_statements(joins) if plain(statement) not in before]


def test_without_athena_there_is_nothing_of_it(local: Synthesis, aws: Synthesis) -> None:
    for synthesis in (local, aws):
        assert not [kind for kind in KINDS if synthesis.resources(kind)]
        assert not [name for name in synthesis.data["Outputs"] if "Athena" in name]
    assert not rights(aws, "athena") + rights(aws, "glue")


@pytest.mark.parametrize("name", WRITTEN)
def test_a_table_has_the_columns_and_types_of_its_files(name: str, joins: Synthesis) -> None:
    schema: pa.Schema = WRITTEN[name][1]
    columns = {one["Name"]: one["Type"] for one in tables(joins)[name]["StorageDescriptor"]["Columns"]}

    assert columns == {field.name: pa_to_athena_value_type(field.type) for field in schema}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_tables_projected_months_are_where_the_files_are(name: str, joins: Synthesis) -> None:
    table, key = tables(joins)[name], WRITTEN[name][0]
    parameters = table["Parameters"]
    (bucket, path) = parameters["storage.location.template"]["Fn::Join"][1][1:]

    assert "Lake" in json.dumps(bucket)
    assert path.replace("${month}", "2026-11").strip("/") + "/part.parquet" == keys.partition(key, "2026-11", "part")
    assert table["StorageDescriptor"]["Location"]["Fn::Join"][1][2] == f"/{key}/"
    assert [one["Name"] for one in table["PartitionKeys"]] == ["month"]
    assert parameters["projection.enabled"] == "true"
    assert parameters["projection.month.format"] == "yyyy-MM"
    assert parameters["projection.month.interval.unit"] == "MONTHS"
    assert parameters["projection.month.range"] == f"{FIRST_YEAR}-01,NOW"


def test_the_tables_are_those_that_the_feature_store_queries(joins: Synthesis, settings: Settings) -> None:
    sources: list[Any] = list(lake_sources(settings))
    (database,) = joins.resources("AWS::Glue::Database").values()

    assert {source.table for source in sources} == set(tables(joins))
    assert {source.database for source in sources} == {database["Properties"]["DatabaseInput"]["Name"]}


def test_the_default_names_of_commands_are_those_of_the_stack(joins: Synthesis, settings: Settings) -> None:
    outputs = {name: joins.data["Outputs"][name]["Value"] for name in ("AthenaDatabase", "AthenaWorkgroup")}

    assert outputs == {"AthenaDatabase": settings.athena_database, "AthenaWorkgroup": settings.athena_workgroup}


def test_two_loops_have_two_databases_and_workgroups(joins: Synthesis, synthesised: Callable[..., Synthesis]) -> None:
    other = synthesised("aws", athena="true")
    for output in ("AthenaDatabase", "AthenaWorkgroup"):
        assert joins.data["Outputs"][output]["Value"] != other.data["Outputs"][output]["Value"]
    assert "sentimentloop" not in json.dumps(rights(joins, "glue")).lower()


def test_results_are_encrypted_and_expire(joins: Synthesis, settings: Settings) -> None:
    (workgroup,) = joins.resources("AWS::Athena::WorkGroup").values()
    configuration = workgroup["Properties"]["WorkGroupConfiguration"]
    results = configuration["ResultConfiguration"]
    (lake,) = [one for name, one in joins.resources("AWS::S3::Bucket").items() if name.startswith("Lake")]
    rules = lake["Properties"]["LifecycleConfiguration"]["Rules"]

    assert results["EncryptionConfiguration"] == {"EncryptionOption": "SSE_S3"}
    assert results["OutputLocation"]["Fn::Join"][1][2].startswith(f"/{STAGING}")
    assert repo_config(settings).offline_store.s3_staging_location == f"s3://lake/{keys.SAVED}"
    assert [(one["Prefix"], one["ExpirationInDays"]) for one in rules if "Prefix" in one] == [(STAGING, 1)]


def test_feast_may_choose_the_location_of_its_result(joins: Synthesis) -> None:
    """It creates its result `WITH (external_location = ...)`, which an enforced workgroup refuses."""
    (workgroup,) = joins.resources("AWS::Athena::WorkGroup").values()

    assert workgroup["Properties"]["WorkGroupConfiguration"]["EnforceWorkGroupConfiguration"] is False


def test_tasks_may_query_only_in_the_loops_workgroup(joins: Synthesis) -> None:
    queried = {action: resources_of(one) for one in rights(joins, "athena") for action in as_list(one["Action"])}

    catalogue = queried.pop("athena:GetDataCatalog")
    assert ":datacatalog/AwsDataCatalog" in catalogue
    assert "*" not in catalogue
    assert set(queried) == {"athena:StartQueryExecution", "athena:GetQueryExecution"}
    assert all(":workgroup/Two-Loops" in resources and "*" not in resources for resources in queried.values())


def test_tasks_may_create_and_drop_only_feasts_tables(joins: Synthesis) -> None:
    changed: set[str] = set()
    created: set[str] = set()
    for statement in rights(joins, "glue"):
        found = set(re.findall(r":((?:catalog|database|table)[\w/*]*)", resources_of(statement)))
        if set(as_list(statement["Action"])) & {"glue:CreateTable", "glue:DeleteTable"}:
            changed |= found
        elif "glue:CreateDatabase" in as_list(statement["Action"]):
            created |= found
        else:
            assert all(action.startswith("glue:Get") for action in as_list(statement["Action"]))
            assert found <= {
                *("catalog", "database/two_loops_lake"),
                *(f"table/two_loops_lake/{name}" for name in (*WRITTEN, "feast_entity_df_*", "_*")),
            }

    assert changed == {
        *("catalog", "database/two_loops_lake"),
        *("table/two_loops_lake/feast_entity_df_*", "table/two_loops_lake/_*"),
    }
    assert created == {"catalog", "database/default"}


def test_athena_adds_no_other_rights(joins: Synthesis, aws: Synthesis) -> None:
    """The tasks may read `offline/` and change `feast/` anyway."""
    others = [
        (as_list(one["Action"]), resources_of(one))
        for one in added(joins, aws)
        if not as_list(one["Action"])[0].startswith(("athena:", "glue:"))
    ]
    actions = {action for allowed, _ in others for action in allowed}

    assert actions == {"s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"}
    assert all("Lake" in resources for _, resources in others)
    assert not any('"*"' in resources for _, resources in others)


def test_aws_solutions_has_no_unsuppressed_findings(joins: Synthesis) -> None:
    assert joins.findings == []


def test_the_catalogue_is_deleted_with_its_stack(joins: Synthesis) -> None:
    for kind in KINDS:
        for one in joins.resources(kind).values():
            assert one.get("DeletionPolicy", "Delete") == "Delete"
    (workgroup,) = joins.resources("AWS::Athena::WorkGroup").values()
    assert workgroup["Properties"]["RecursiveDeleteOption"] is True
