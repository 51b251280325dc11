"""AwsSolutions, with a reason beside each exception."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.conftest import Synthesis


@pytest.mark.parametrize("target", ["local", "aws"])
def test_aws_solutions_finds_nothing_unexcused(target: str, synthesised: Callable[[str], Synthesis]) -> None:
    assert synthesised(target).findings == []
