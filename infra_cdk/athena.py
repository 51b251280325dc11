"""The lake in Athena: three tables on its Parquet files, and a workgroup for Feast's queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from constructs import Construct

from infra_cdk.role import escaped

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3

    from infra_cdk.role import WithRole
    from infra_cdk.settings import Settings

_TIMES = {"event_timestamp": "timestamp", "created_timestamp": "timestamp"}
_TABLES = {
    "reviews": {
        **dict.fromkeys(("review_id", "product_id"), "string"),
        **_TIMES,
        **dict.fromkeys(("title", "text", "source"), "string"),
        **dict.fromkeys(("characters", "words", "exclamations", "questions", "capitals"), "bigint"),
    },
    "labels": {
        "review_id": "string",
        **_TIMES,
        "label": "string",
        "stars": "double",
        "origin": "string",
        "weight": "double",
        "held_out": "boolean",
    },
    "product_stats": {
        "product_id": "string",
        **_TIMES,
        "reviews": "bigint",
        "mean_stars": "double",
        "positive_share": "double",
    },
}
"""Columns and their Hive types, as in the files that the feature store writes under `offline/`."""
_FIRST_MONTH = "1995-01"
"""Month of the oldest reviews that the lake accepts."""
_STAGING = "feast/saved/"
"""Prefix of the reviews that Feast uploads to join, and of the results."""
_TEMPORARY = ("feast_entity_df_*", "_*")
"""Names of the tables that Feast creates and drops: the reviews to join, and the result."""
_HIVE = "org.apache.hadoop.hive.ql.io.parquet"


class Athena(Construct):
    """A database in the data catalogue, and a workgroup; both are deleted with the stack, but not the lake's files.

    Attributes:
        database: Name of the database.
        workgroup: Name of the workgroup.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, lake: s3.Bucket) -> None:
        super().__init__(scope, construct_id)
        self.database = f"{settings.loop_name.lower().replace('-', '_')}_lake"
        self.workgroup = settings.loop_name
        self._lake = lake
        stack = cdk.Stack.of(self)
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=stack.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.database, description=f"The lake of {settings.loop_name}"
            ),
        )
        for name, columns in _TABLES.items():
            self._table(name, columns).add_dependency(database)
        self._declare_workgroup()
        # Feast does not delete the reviews that it uploads, because it looks for them under another prefix.
        lake.add_lifecycle_rule(
            id="forget-what-queries-left",
            prefix=_STAGING,
            expiration=cdk.Duration.days(1),
            noncurrent_version_expiration=cdk.Duration.days(1),
        )

    def _table(self, name: str, columns: dict[str, str]) -> glue.CfnTable:
        """Declare a table with projected months, so that a new one need not be added to the catalogue."""
        location = self._lake.s3_url_for_object(f"offline/{name}/")
        return glue.CfnTable(
            self,
            "".join(map(str.capitalize, name.split("_"))),
            catalog_id=cdk.Stack.of(self).account,
            database_name=self.database,
            table_input=glue.CfnTable.TableInputProperty(
                name=name,
                table_type="EXTERNAL_TABLE",
                partition_keys=[glue.CfnTable.ColumnProperty(name="month", type="string")],
                parameters={
                    "EXTERNAL": "TRUE",
                    "classification": "parquet",
                    "projection.enabled": "true",
                    "projection.month.type": "date",
                    "projection.month.format": "yyyy-MM",
                    "projection.month.range": f"{_FIRST_MONTH},NOW",
                    "projection.month.interval": "1",
                    "projection.month.interval.unit": "MONTHS",
                    "storage.location.template": f"{location}month=${{month}}/",
                },
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    location=location,
                    columns=[glue.CfnTable.ColumnProperty(name=column, type=kind) for column, kind in columns.items()],
                    input_format=f"{_HIVE}.MapredParquetInputFormat",
                    output_format=f"{_HIVE}.MapredParquetOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library=f"{_HIVE}.serde.ParquetHiveSerDe",
                        parameters={"serialization.format": "1"},
                    ),
                ),
            ),
        )

    def _declare_workgroup(self) -> None:
        athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=self.workgroup,
            description="Feast's joins of training frames",
            recursive_delete_option=True,  # else its history prevents the deletion
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                # Enforced, Athena would refuse the location that Feast gives for its result. Its other queries give
                # none, and use the location and the encryption below.
                enforce_work_group_configuration=False,
                publish_cloud_watch_metrics_enabled=True,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=self._lake.s3_url_for_object(f"{_STAGING}results/"),
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )

    def grant_queries(self, to: WithRole) -> None:
        """Allow a role that reads and writes the lake's files to join them in Athena, as Feast does.

        It may create and drop only tables with Feast's temporary names, and may not change those of the lake.
        """
        stack = cdk.Stack.of(to)

        def arn(service: str, resource: str, name: str | None = None) -> str:
            return stack.format_arn(service=service, resource=resource, resource_name=name)

        catalogue, database = arn("glue", "catalog"), arn("glue", "database", self.database)
        lasting = [arn("glue", "table", f"{self.database}/{name}") for name in _TABLES]
        temporary = [arn("glue", "table", f"{self.database}/{name}") for name in _TEMPORARY]
        workgroup = arn("athena", "workgroup", self.workgroup)
        to.allow("athena:StartQueryExecution", "athena:GetQueryExecution", on=workgroup)
        to.allow("athena:GetDataCatalog", on=arn("athena", "datacatalog", "AwsDataCatalog"))  # Feast queries it by name
        tables = [catalogue, database, *lasting, *temporary]
        to.allow("glue:GetDatabase", "glue:GetTable", "glue:GetPartitions", on=tables)
        to.allow("glue:CreateTable", "glue:DeleteTable", on=[catalogue, database, *temporary])
        # For any query, Athena looks up the database `default`, and creates it if there is none.
        to.allow("glue:GetDatabase", "glue:CreateDatabase", on=[catalogue, arn("glue", "database", "default")])
        to.allow("s3:ListBucketMultipartUploads", on=self._lake.bucket_arn)
        to.allow("s3:ListMultipartUploadParts", on=self._lake.arn_for_objects(f"{_STAGING}*"))
        for name in (*_TEMPORARY, _STAGING + "*"):
            reason = "The names of Feast's temporary tables and their files are not known in advance."
            to.suppress_wildcard(reason, rf"/^Resource::.*\/{escaped(name)}$/")
