"""The whole API matches its OpenAPI document for any input, on the emulator's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.lambdas.api import API_KEY, whole_api
from tests.integration.lambdas.fuzzing import fuzz_application
from tests.integration.resources import REVIEWERS_API_KEY_ID

if TYPE_CHECKING:
    from tests.integration.lambdas.functions import Publish
    from tests.integration.resources import Resources

SECONDS = 10


@pytest.mark.parametrize("api_key_id", ["id-of-a-key", REVIEWERS_API_KEY_ID])
def test_the_api_does_what_its_document_says(resources: Resources, publish: Publish, api_key_id: str) -> None:
    publish("1")

    failures = fuzz_application(whole_api(resources, {API_KEY: api_key_id}), api_key=API_KEY, seconds=SECONDS)
    assert not failures, "\n\n".join(failures[:5])
