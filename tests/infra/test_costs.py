"""docs/costs.md counts what the template has, and its tables are computed from prices."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.infra.conftest import Synthesis

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def costs() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "costs.py"))


def test_the_page_has_the_computed_tables(costs: dict[str, Any]) -> None:
    assert (DOCS / "costs.md").read_text() == costs["page"](), "write it again: .venv/bin/python -m docs.costs"


def test_a_line_is_an_amount_at_its_price(costs: dict[str, Any]) -> None:
    lines = {line.of: line for line in (*costs["of_a_million_predictions"](), *costs["of_a_month_at_rest"]())}
    assert lines["requests of the REST API"].usd == pytest.approx(1.05 * 3.50)
    assert lines["hours of Airflow, mw1.small"].usd == pytest.approx(730 * 0.49)
    assert lines["write units of DynamoDB"].usd == pytest.approx((2 + 0.05 * 10) * 0.625)
    assert lines.keys() <= costs["PRICES"].keys()


def test_what_is_paid_for_at_rest_is_what_the_template_has(aws: Synthesis, costs: dict[str, Any]) -> None:
    assert len(aws.resources("AWS::CloudWatch::Alarm")) == costs["ALARMS"]
    assert len(aws.resources("AWS::SecretsManager::Secret")) == costs["SECRETS"]
    (acl,) = aws.resources("AWS::WAFv2::WebACL").values()
    assert len(acl["Properties"]["Rules"]) == costs["RULES"]
    assert len(aws.resources("AWS::Lambda::Version")) == costs["ROLLED_OUT"]
    assert len(aws.resources("AWS::EC2::NatGateway")) == len(aws.resources("AWS::EC2::EIP")) == 1
    (airflow,) = aws.resources("AWS::MWAA::Environment").values()
    assert airflow["Properties"]["EnvironmentClass"] == "mw1.small"
    assert not aws.resources("AWS::KMS::Key")


def test_memory_is_that_of_the_functions(aws: Synthesis, costs: dict[str, Any]) -> None:
    functions = aws.resources("AWS::Lambda::Function")
    memory = {name: functions[aws.output_ref(name)]["Properties"]["MemorySize"] / 1024 for name in
              ("InferenceFunction", "ArchiveFunction")}  # fmt: skip
    assert memory == {"InferenceFunction": costs["INFERENCE_GB"], "ArchiveFunction": costs["ARCHIVE_GB"]}
