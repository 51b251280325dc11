"""`make traffic`: the room `traffic` is run against the API that is deployed here."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from local import outputs

if TYPE_CHECKING:
    from local.loop import Loop


def send_visitors(loop: Loop) -> NoReturn:
    """Become the visitors of a loop; their settings are environment variables that pass through.

    Raises:
        LocalError: Nothing is deployed.
    """
    found = outputs.require(loop, "api_url")
    environment = dict(os.environ) | {"API_URL": found["api_url"], "API_KEY": found["api_key"]}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "traffic"], environment)  # noqa: S606 (no shell is wanted)
