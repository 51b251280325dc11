"""What goes along with a pickled pipeline is the code that loading it imports, and nothing else of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.model_code import copy_model_code

if TYPE_CHECKING:
    from pathlib import Path


def test_the_vectorizer_and_what_it_imports_go_along(tmp_path: Path) -> None:
    package = copy_model_code(tmp_path)
    assert package == tmp_path / "sentiment"
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {
        "__init__.py",
        "vectorizer.py",
        "features.py",
        "product.py",
        "tokenizer.py",
        "words.py",
    }
