"""The project's own code that a pickled pipeline needs to be loaded where this project is not."""

from __future__ import annotations

import inspect
import shutil
from importlib import import_module
from modulefinder import ModuleFinder
from pathlib import Path

import sentiment
from sentiment import vectorizer

PACKAGE = Path(inspect.getfile(sentiment)).parent


def copy_model_code(folder: Path) -> Path:
    """Copy the vectorizer and what it imports of ours; what else a pipeline is made of is scikit-learn's.

    Args:
        folder: Where the package goes.

    Returns:
        The package, to be found by its name on a Python path that has the folder.
    """
    finder = ModuleFinder(path=[str(PACKAGE.parent)])  # so that it follows imports into the project only
    finder.import_hook(vectorizer.__name__)
    for name in finder.modules:
        source = Path(inspect.getfile(import_module(name)))
        copy = folder / source.relative_to(PACKAGE.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    return folder / PACKAGE.name
