"""Text of others inside Markdown, which must stay text."""

from __future__ import annotations

import re

_MEANS_SOMETHING = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~$:&]")


def plain(text: str) -> str:
    """Return a text so that Markdown shows it as it is, on one line."""
    return _MEANS_SOMETHING.sub(r"\\\g<0>", " ".join(text.splitlines()))
