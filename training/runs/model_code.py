"""The part of this project's code that a pickled pipeline needs to load elsewhere."""

from __future__ import annotations

import inspect
import shutil
import sys
from importlib import import_module
from modulefinder import ModuleFinder
from pathlib import Path

import sentiment
from sentiment.model import vectorizer

PACKAGE = Path(inspect.getfile(sentiment)).parent


def copy_model_code(folder: Path) -> Path:
    """Copy the vectorizer and the modules of this project that it imports.

    Args:
        folder: Where to put the package.

    Returns:
        The package's folder; it can be imported with `folder` on the Python path.
    """
    # Imports are followed into the project only. Which modules are built in, and have no file, differs: Debian's Python
    # has `array` and `math` built in.
    finder = ModuleFinder(path=[str(PACKAGE.parent)], excludes=sys.builtin_module_names)
    finder.import_hook(vectorizer.__name__)
    for name in finder.modules:
        source = Path(inspect.getfile(import_module(name)))
        copy = folder / source.relative_to(PACKAGE.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    return folder / PACKAGE.name
