"""`make up` after the emulator was erased says so, loudly, and brings up an empty loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from local.addresses import ADMINISTRATION_FILE, ADMINISTRATION_HEADER

if TYPE_CHECKING:
    from tests.e2e.deployment import Deployment


def test_make_up_says_before_and_after_all_else_that_the_data_is_gone(deployment: Deployment) -> None:
    if not deployment.owns_emulator:
        pytest.skip("the emulator at ENDPOINT does not belong to this suite")
    token = (deployment.state_dir / "emulator" / ADMINISTRATION_FILE).read_text()
    reset = f"{deployment.endpoint}/_ministack/reset"
    erased = httpx.post(reset, headers={ADMINISTRATION_HEADER: token}, timeout=60, trust_env=False)
    assert erased.status_code == 200

    printed = deployment.deploy()

    said = "Lost: all data of this loop since"
    assert printed.count(said) == 2
    assert printed.index(said) < printed.index("Deploy the stacks")
    assert printed.rindex(said) > printed.index("Make a prediction")
    assert deployment.loop().predict("Works very well.")["label"] == "positive"
    assert "Lost:" not in deployment.deploy()
