"""Feast's queries for Athena, run by DuckDB: none ever ran on AWS."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError
from feast.infra.utils import aws_utils

from feature_repo.errors import OfflineStoreError
from feature_repo.frame.frame import training_frame
from feature_repo.frame.frozen import open_frozen
from feature_repo.lake.keys import SAVED
from tests.integration.feature_repo.planted import UNTIL, Planted, days_ago, midnight

if TYPE_CHECKING:
    from feature_repo.lake.objects import Lake
    from feature_repo.settings import Settings

TEMPORARY = ("feast_entity_df_*", "_*")
"""Names of tables that `infra_cdk.athena` lets tasks create and drop."""


class AthenaStandIn:
    """The two calls of Athena that Feast makes. Times have milliseconds and no time zone, as in its Hive tables."""

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self._lake = lake
        self._database = settings.athena_database
        self._workgroup = settings.athena_workgroup
        self.made: list[str] = []
        self.dropped: list[str] = []
        self.failure: dict[str, Any] | ClientError | None = None
        self._duckdb = duckdb.connect()
        self._duckdb.execute("ATTACH ':memory:' AS \"AwsDataCatalog\"")
        self._duckdb.execute(f'CREATE SCHEMA "AwsDataCatalog"."{self._database}"')
        self._duckdb.execute(f'USE "AwsDataCatalog"."{self._database}"')
        self._duckdb.execute("CREATE MACRO from_iso8601_timestamp(given) AS given::TIMESTAMP")
        for name in ("reviews", "labels", "product_stats"):
            self._load(name, f"offline/{name}/month=")

    def start_query_execution(self, **asked: object) -> dict[str, str]:
        assert asked["QueryExecutionContext"] == {"Database": self._database, "Catalog": "AwsDataCatalog"}
        assert asked["WorkGroup"] == self._workgroup
        query = str(asked["QueryString"]).strip()
        if dropped := re.fullmatch(r"DROP TABLE (?:IF EXISTS )?`?(\w+)\.(\w+)`?", query):
            assert dropped[1] == self._database
            self.dropped.append(dropped[2])
        elif isinstance(self.failure, ClientError):
            raise self.failure
        elif created := re.match(r"CREATE EXTERNAL TABLE (\w+)\.(\w+) .* LOCATION 's3://[^/]+/([^']+)'", query):
            self.made.append(created[2])
            self._load(created[2], f"{created[3]}/")
        else:
            found = re.match(r"CREATE TABLE (\w+)\s+WITH \(\s*external_location = 's3://[^/]+/([^']+)'", query)
            assert found, query
            self.made.append(found[1])
            self._join(query.partition("as\n")[2], f"{found[2]}/20261124_part")
        return {"QueryExecutionId": "the one"}

    def get_query_execution(self, **_: str) -> dict[str, Any]:
        status = self.failure or {"State": "SUCCEEDED"}
        return {"QueryExecution": {"Query": "SELECT 'all of it'", "Status": status}}

    def _load(self, name: str, prefix: str) -> None:
        files = self._lake.get_all([one.key for one in self._lake.list(prefix)])
        table = pa.concat_tables([pq.read_table(io.BytesIO(content)) for _, content in files])
        for place, field in enumerate(table.schema):
            if pa.types.is_timestamp(field.type):
                # For a time zone Arrow needs the system's database, which a minimal Debian lacks.
                in_utc = table[place].cast(pa.timestamp("us"))
                rounded = pc.round_temporal(in_utc, unit="millisecond").cast(pa.timestamp("ms"))
                table = table.set_column(place, field.name, rounded)
        self._duckdb.register("rows_of_files", table)
        self._duckdb.execute(f"CREATE TABLE {name} AS FROM rows_of_files")

    def _join(self, query: str, key: str) -> None:
        content = io.BytesIO()
        result = self._duckdb.execute(query).to_arrow_table()
        pq.write_table(result, content, use_deprecated_int96_timestamps=True)
        self._lake.put(key, content.getvalue())


@pytest.fixture
def settings(lake_settings: Settings) -> Settings:
    return lake_settings.model_copy(update={"feature_offline_store": "athena"})


@pytest.fixture
def planted() -> Planted:
    """Rows that a join could get wrong: statistics of the same day, later and too old, twins, no product."""
    planted = Planted()
    planted.crowd()
    at = days_ago(12)
    for text in ("one", "another of the same product and time"):
        planted.review(text, at=at, product="p")
        planted.review(f"{text}, of no product", at=at)
    planted.statistics("p", at - timedelta(days=5), 3, 4.0, 1.0)
    planted.statistics("p", at, 4, None, 0.5)
    planted.statistics("p", at + timedelta(days=1), 9, 1.0, 0.0)
    planted.review("just before midnight", at=midnight(at) - timedelta(microseconds=1001), product="p")
    planted.review("of a forgotten product", at=at, product="q", label="negative", stars=None, origin="feedback")
    planted.statistics("q", at - timedelta(days=91), 7, 2.0, 0.0)
    planted.review("times finer than Athena's", at=at + timedelta(microseconds=1499), product="p")
    return planted


@pytest.fixture
def asked(lake: Lake, settings: Settings, planted: Planted, monkeypatch: pytest.MonkeyPatch) -> AthenaStandIn:
    """The stand-in for Athena, with the planted tables."""
    planted.put(lake)
    athena = AthenaStandIn(lake, settings)
    monkeypatch.setattr(aws_utils, "get_athena_data_client", lambda _region: athena)
    return athena


@pytest.mark.usefixtures("asked")
def test_feasts_query_gives_the_same_frame_byte_for_byte(
    lake_settings: Settings, settings: Settings, lake: Lake
) -> None:
    by_duckdb = training_frame(lake_settings, UNTIL)
    known = [example.product.reviews for example in open_frozen(by_duckdb.address).examples() if example.product]
    assert sorted(known) == [3, 4, 4, 4]
    lake.delete([one.key for one in lake.list("datasets/")])

    by_athena = training_frame(settings, UNTIL)

    assert (by_athena.sha256, by_athena.rows) == (by_duckdb.sha256, by_duckdb.rows)


def test_temporary_tables_have_permitted_names_and_are_dropped(
    asked: AthenaStandIn, settings: Settings, lake: Lake
) -> None:
    before = {one.key for one in lake.list("")}

    training_frame(settings, UNTIL)

    assert len(asked.made) == 2
    assert all(any(fnmatch(name, pattern) for pattern in TEMPORARY) for name in asked.made)
    assert sorted(asked.dropped) == sorted(asked.made)
    left = {one.key for one in lake.list("")} - before
    others = {
        key
        for key in left
        if not key.startswith(("datasets/", "feast/registry.pb", "offline/ingest.lease", "offline/held_out_key"))
    }
    forgotten = f"{SAVED}/entity_df/"  # by the lake, after a day
    assert not [key for key in others if not key.startswith(forgotten)]


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (
            {"State": "FAILED", "StateChangeReason": "TABLE_NOT_FOUND: line 3: Table 'reviews' does not exist"},
            "TABLE_NOT_FOUND: line 3: Table 'reviews' does not exist",
        ),
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not yours"}}, "StartQueryExecution"),
            r"An error occurred \(AccessDeniedException\) when calling the StartQueryExecution operation: not yours",
        ),
    ],
    ids=["the query fails", "Athena refuses"],
)
def test_what_athena_refuses_is_one_line(
    failure: dict[str, Any] | ClientError,
    message: str,
    asked: AthenaStandIn,
    settings: Settings,
) -> None:
    asked.failure = failure

    with pytest.raises(OfflineStoreError, match=f"^Athena did not join the frame: {message}$"):
        training_frame(settings, UNTIL)
