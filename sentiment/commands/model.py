"""Opening a model file for a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.commands.reviews import fail
from sentiment.model.artifact import ArtifactError, load
from sentiment.model.scorer import Scorer

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


def open_model(path: Path, console: Console) -> Scorer:
    """Return the model in a file; end the command with one line if there is none."""
    try:
        return Scorer(load(path.read_bytes()))
    except FileNotFoundError:
        fail(console, f"No model at {path}. Create one with `python -m sentiment train`.")
    except (OSError, ArtifactError) as error:
        fail(console, f"{path} cannot be used: {error}")
