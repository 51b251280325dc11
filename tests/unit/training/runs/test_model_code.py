"""A pickled pipeline is logged with the code that loading it imports, and nothing else of the project."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from training.runs.recorder import copy_model_code

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_pipeline_and_what_it_imports_are_copied(tmp_path: Path) -> None:
    package = copy_model_code(tmp_path)
    assert package == tmp_path / "sentiment"
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {
        "__init__.py",
        "frames.py",
        "vectorizer.py",
        "features.py",
        "negation.py",
        "product.py",
        "tokenizer.py",
        "symbols.py",
        "stars.py",
        "review.py",  # whose type `stars` names
    }


def test_a_module_built_into_the_interpreter_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `array` and `math` are in the Pythons of Debian and Ubuntu, and in few others."""
    monkeypatch.setattr(sys, "builtin_module_names", (*sys.builtin_module_names, "array", "math"))
    assert (copy_model_code(tmp_path) / "model" / "features.py").is_file()
