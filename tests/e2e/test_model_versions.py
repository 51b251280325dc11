"""A new model is served without a redeploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.loop import eventually

if TYPE_CHECKING:
    from tests.e2e.loop import Loop

TEXT = "A great little camera, easy to use."


def test_a_promoted_version_is_served_without_a_redeploy(loop: Loop) -> None:
    before = loop.call("GET", "/model").body
    loop.run("-m", "training", "run", "--promote", "--force")

    def answers_with_the_next_version() -> None:
        assert loop.predict(TEXT)["model_version"] != before["model_version"]

    eventually(answers_with_the_next_version, within_s=60)
    after = loop.call("GET", "/model").body
    assert after["previous_version"] == before["model_version"]
    assert after["run_id"] != before["run_id"]
