"""The live page's component: one module in JavaScript, and what it is given."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from frontend import certainty, highlighted_text
from frontend.live.language import language
from frontend.live.wording import wording
from sentiment.schemas.api import MAX_TEXT


def _read(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _inlined(name: str) -> str:
    return re.sub("^export ", "", _read(name), flags=re.MULTILINE)


HTML = _read("live.html")
STYLE = _read("live.css") + certainty.STYLE + highlighted_text.STYLE
SCRIPT = _inlined("scorer.js") + _inlined("wording.js") + _read("live.js")


def data(sha256: str, artifact: str) -> dict[str, Any]:
    """Return what the component is given.

    Args:
        sha256: Of the artifact: another one is another model.
        artifact: In base64.
    """
    return {
        "sha256": sha256,
        "artifact": artifact,
        "language": language(),
        "wording": wording(),
        "max_text": MAX_TEXT,
    }
