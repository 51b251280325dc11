"""The conventions of names and words that no linter knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = [
    "sentiment",
    "feature_repo",
    "lambdas",
    "monitoring",
    "frontend",
    "infra_cdk",
    "training",
    "dags",
    "ops",
    "local",
    "traffic",
    "bench",
    "tests",
]
LONGEST_TEST_NAME = 70
NOT_OUR_WORDS = re.compile(r"\b(anew|blanks|judg(e[ds]?|ements?|ing)|apart by|small letters|begin of)\b", re.IGNORECASE)
"""Words with a better one in docs/glossary.md, or that nobody says at work."""
QUOTED = ("glossary.md", "test_conventions.py", "JUDGES", '"judges"')
"""Where such a word stands for good: as one to avoid, or as a setting that people may still type."""


def texts() -> list[Path]:
    python = [path for folder in CODE for path in (ROOT / folder).rglob("*.py")]
    return [*python, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]


def test_the_name_of_a_test_is_at_most_70_characters_long() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and len(node.name) > LONGEST_TEST_NAME
    ]
    assert long == []


def test_nobody_uses_a_word_that_has_a_better_one() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if NOT_OUR_WORDS.search(line) and not any(quoted in f"{path} {line}" for quoted in QUOTED)
    ]
    assert found == []
