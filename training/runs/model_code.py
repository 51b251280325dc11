"""The project's own code that a pickled pipeline needs to be loaded where this project is not."""

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
    """Copy the vectorizer and what it imports of ours; what else a pipeline is made of is scikit-learn's.

    Args:
        folder: Where the package goes.

    Returns:
        The package, to be found by its name on a Python path that has the folder.
    """
    # It follows imports into the project only. Which modules are built into the interpreter, and so have no file,
    # differs from one Python to the next: Debian's has `array` and `math` there.
    finder = ModuleFinder(path=[str(PACKAGE.parent)], excludes=sys.builtin_module_names)
    finder.import_hook(vectorizer.__name__)
    for name in finder.modules:
        source = Path(inspect.getfile(import_module(name)))
        copy = folder / source.relative_to(PACKAGE.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)
    return folder / PACKAGE.name
