"""The network of the Airflow environment: two private subnets behind one NAT gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra_cdk.log_group import log_group

if TYPE_CHECKING:
    from infra_cdk.settings import Settings

_ZONES = 2
"""MWAA requires exactly two private subnets, in different zones."""


class AirflowNetwork(Construct):
    """A VPC with two private subnets behind one NAT gateway, and gateway endpoints for S3 and DynamoDB.

    Attributes:
        vpc: The VPC.
        private: Its two private subnets.
        security_group: Allows traffic within the environment, and to the internet.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        """Declare the network.

        Args:
            scope: The stack.
            construct_id: Unique in the stack.
            settings: How long the flow log is kept.
        """
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
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
        self.private = self.vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS).subnets
        self.security_group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=self.vpc, description="Airflow of Sentiment Loop", allow_all_outbound=True
        )
        self.security_group.add_ingress_rule(
            self.security_group, ec2.Port.all_traffic(), "The environment's own parts, as MWAA asks for"
        )
