"""The Airflow environment on AWS, created once its bundle is in the bucket, and its network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_mwaa as mwaa
from constructs import Construct

from infra_cdk.airflow_role import AirflowRole
from infra_cdk.storage import log_group

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_secretsmanager as secretsmanager

    from infra_cdk.data_stack import DataStack
    from infra_cdk.settings import Settings

_LOGS = ("DAGProcessing", "Scheduler", "Task", "WebServer", "Worker")
_ZONES = 2
"""MWAA requires exactly two private subnets, in different zones."""


class ManagedAirflow(Construct):
    """An MWAA environment with its network and its role.

    Its parameters are the versions of the bundle's objects: new versions update the environment. While they are empty,
    as in the first deployment, there is no environment, because MWAA needs its files before it starts.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        environment: str,
        bucket: s3.IBucket,
        data: DataStack,
        secret: secretsmanager.ISecret,
    ) -> None:
        super().__init__(scope, construct_id)
        network = AirflowNetwork(self, "Network", settings=settings)
        role = AirflowRole(self, "Execution", environment=environment, bucket=bucket, data=data, secret=secret).role
        versions = {name: self._version(name) for name in ("Plugins", "Requirements", "StartupScript")}
        has_bundle = cdk.CfnCondition(
            self,
            "HasBundle",
            expression=cdk.Fn.condition_not(cdk.Fn.condition_equals(versions["Plugins"].value_as_string, "")),
        )
        on = mwaa.CfnEnvironment.ModuleLoggingConfigurationProperty(enabled=True, log_level="INFO")
        airflow = mwaa.CfnEnvironment(
            self,
            "Environment",
            name=environment,
            airflow_version=settings.airflow_version,
            environment_class=settings.airflow_class,
            source_bucket_arn=bucket.bucket_arn,
            dag_s3_path="dags",
            plugins_s3_path="plugins.zip",
            plugins_s3_object_version=versions["Plugins"].value_as_string,
            requirements_s3_path="requirements.txt",
            requirements_s3_object_version=versions["Requirements"].value_as_string,
            startup_script_s3_path="startup.sh",
            startup_script_s3_object_version=versions["StartupScript"].value_as_string,
            execution_role_arn=role.role_arn,
            network_configuration=mwaa.CfnEnvironment.NetworkConfigurationProperty(
                security_group_ids=[network.security_group.security_group_id],
                subnet_ids=[subnet.subnet_id for subnet in network.private],
            ),
            # Users sign in through IAM; a private web server could only be opened from inside the VPC.
            webserver_access_mode="PUBLIC_ONLY",
            logging_configuration=mwaa.CfnEnvironment.LoggingConfigurationProperty(
                dag_processing_logs=on, scheduler_logs=on, task_logs=on, webserver_logs=on, worker_logs=on
            ),
            # One run at a time, and one task at a time: a second worker would be idle.
            min_workers=1,
            max_workers=1,
            weekly_maintenance_window_start="SUN:03:00",  # the weekly run is on Monday
            airflow_configuration_options={"core.load_examples": "False"},
        )
        airflow.cfn_options.condition = has_bundle
        airflow.node.add_dependency(role, network)
        for kind in _LOGS:  # MWAA uses existing groups; its own would be kept forever
            group = log_group(self, f"{kind}Log", settings=settings, name=f"airflow-{environment}-{kind}")
            group.apply_removal_policy(cdk.RemovalPolicy.DESTROY)  # a retained one would block the next deployment
            airflow.node.add_dependency(group)

    def _version(self, name: str) -> cdk.CfnParameter:
        parameter = cdk.CfnParameter(
            self, f"{name}Version", type="String", default="", description=f"Version of the bundle's {name} in S3"
        )
        parameter.override_logical_id(f"{name}Version")
        return parameter


class AirflowNetwork(Construct):
    """A VPC with two private subnets behind one NAT gateway, and gateway endpoints for S3 and DynamoDB.

    Attributes:
        private: The subnets.
        security_group: Allows traffic within the environment, and to the internet.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.192.0.0/16"),
            max_azs=_ZONES,
            nat_gateways=1,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=24),
            ],
            restrict_default_security_group=False,  # this would need a custom resource, and nothing uses that group
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "DynamoDb": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
            flow_logs={
                "Rejected": ec2.FlowLogOptions(
                    destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                        log_group(self, "FlowLog", settings=settings)
                    ),
                    traffic_type=ec2.FlowLogTrafficType.REJECT,
                )
            },
        )
        self.private = vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS).subnets
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Airflow of Sentiment Loop", allow_all_outbound=True
        )
        self.security_group.add_ingress_rule(
            self.security_group, ec2.Port.all_traffic(), "The environment's own parts, as MWAA asks for"
        )
