"""One emulator for all tests of a module that does not stop it: a start takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from local.addresses import ADMINISTRATION_FILE, ADMINISTRATION_HEADER
from tests.integration.local.conftest import loop_in
from tests.integration.local.emulator.votes import start_emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.loop import Loop


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """A loop whose emulator runs."""
    with loop_in(tmp_path_factory.mktemp("emulated")) as loop:
        start_emulator(loop)
        yield loop


@pytest.fixture
def emptied(emulated: Loop) -> Loop:
    """The module's loop, without what the test before created."""
    token = (emulated.state_dir / "emulator" / ADMINISTRATION_FILE).read_text()
    reset = httpx.post(
        f"{emulated.endpoint}/_ministack/reset", headers={ADMINISTRATION_HEADER: token}, trust_env=False, timeout=30
    )
    assert reset.status_code == 200
    return emulated
