"""Text of others inside Markdown stays text."""

from __future__ import annotations

import pytest

from frontend.plain import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("7", "7"),
        ("**7** [x](http://y)", r"\*\*7\*\* \[x\]\(http\://y\)"),
        (":red[7] $7$ `7`", r"\:red\[7\] \$7\$ \`7\`"),
        ("<b>7</b> &amp;", r"\<b\>7\</b\> \&amp;"),
        ("7\n# 8", r"7 \# 8"),
    ],
)
def test_marks_of_markdown_lose_their_meaning(text: str, shown: str) -> None:
    assert plain(text) == shown
