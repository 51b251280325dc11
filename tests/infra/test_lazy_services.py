"""Only services that the app uses are loaded."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from infra_cdk import lazy_services

if TYPE_CHECKING:
    from tests.infra.conftest import Synthesis


def test_unused_services_are_not_loaded(local: Synthesis) -> None:
    assert local.data["Resources"]

    assert "Bucket" in vars(sys.modules["aws_cdk.aws_s3"])
    for service in ("quicksight", "neptune", "redshift"):
        module = sys.modules.get(f"aws_cdk.aws_{service}")
        assert module is None or not [name for name in vars(module) if name.startswith("Cfn")]


def test_a_service_is_loaded_at_its_first_use(local: Synthesis) -> None:
    assert local.data["Resources"]
    from aws_cdk import aws_cloudtrail  # noqa: PLC0415 - after the others

    assert issubclass(aws_cloudtrail.CfnTrail, object)
    assert not hasattr(aws_cloudtrail, "NoSuchThing")


def test_installing_after_the_import_is_an_error(local: Synthesis) -> None:
    assert local.data["Resources"]

    with pytest.raises(RuntimeError, match="imported before"):
        lazy_services.install()
