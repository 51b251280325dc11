"""A model file, opened for a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.commands.reviews import fail
from sentiment.model.artifact import ArtifactError, load
from sentiment.model.scorer import Scorer

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


def open_model(path: Path, console: Console) -> Scorer:
    """Return the model of a file; end the command with one line where there is none."""
    try:
        return Scorer(load(path.read_bytes()))
    except FileNotFoundError:
        fail(console, f"There is no model at {path}: `python -m sentiment train` makes one.")
    except (OSError, ArtifactError) as error:
        fail(console, f"{path} cannot be used: {error}")
