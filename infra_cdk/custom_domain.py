"""The API under a domain of one's own, below a base path if several share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as certificatemanager
from constructs import Construct

if TYPE_CHECKING:
    from infra_cdk.settings import Settings


class CustomDomain(Construct):
    """The domain, and two outputs: the URL, and the name that the domain's CNAME record must lead to."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, stage: apigateway.Stage) -> None:
        super().__init__(scope, construct_id)
        certificate = certificatemanager.Certificate.from_certificate_arn(self, "Certificate", settings.certificate_arn)
        domain = apigateway.DomainName(
            self,
            "Domain",
            domain_name=settings.domain_name,
            certificate=certificate,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        domain.add_base_path_mapping(stage.rest_api, base_path=settings.base_path or None, stage=stage)
        stack = cdk.Stack.of(self)
        url = f"https://{settings.domain_name}/{settings.base_path}".rstrip("/")
        cdk.CfnOutput(stack, "DomainUrl", value=url)
        cdk.CfnOutput(stack, "DomainTarget", value=domain.domain_name_alias_domain_name)
