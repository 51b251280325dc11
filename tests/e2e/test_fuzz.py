"""The deployed API, held to its own OpenAPI document with made-up input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.lambdas.fuzzing import fuzz_url

if TYPE_CHECKING:
    from tests.e2e.loop import Loop


def test_made_up_input_finds_no_answer_that_the_document_does_not_allow(loop: Loop) -> None:
    assert fuzz_url(loop.api_url, api_key=loop.api_key, seconds=30) == []
