"""The deployed API answers random input as its OpenAPI document says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.lambdas.fuzzing import fuzz_url

if TYPE_CHECKING:
    from tests.e2e.loop import Loop


def test_random_input_gets_no_answer_that_the_document_does_not_allow(loop: Loop) -> None:
    assert fuzz_url(loop.api_url, api_key=loop.api_key, seconds=30) == []
