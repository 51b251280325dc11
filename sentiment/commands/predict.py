"""`python -m sentiment predict`: labels and probabilities of texts, and the words that decided."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from sentiment.commands.inputs import open_model
from sentiment.model.scorer import Prediction


def predict(
    *,
    texts: Annotated[list[str] | None, typer.Argument(help="Texts. Default: the lines of standard input.")] = None,
    model: Annotated[Path, typer.Option(help="Model file of `train`.")] = Path("model.json.gz"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per text.")] = False,
) -> None:
    """Predict whether texts are positive or negative, and show the words that decided."""
    scorer = open_model(model, Console(stderr=True))
    console = Console()
    for text in texts or (line.rstrip("\n") for line in sys.stdin):
        prediction = scorer.predict(text)
        if as_json:
            words = [word._asdict() for word in prediction.words]
            typer.echo(json.dumps({**prediction._asdict(), "words": words}))
        else:
            console.print(_coloured(text, prediction), soft_wrap=True)


def _coloured(text: str, prediction: Prediction) -> Text:
    style = "green" if prediction.label == "positive" else "red"
    shown = Text(f"{prediction.label} {prediction.probability:.3f}  ", style=f"bold {style}")
    body = Text(text.encode("utf-8", "replace").decode())
    for word in prediction.words:
        body.stylize("green" if word.weight > 0 else "red", word.start, word.end)
    return shown.append_text(body)
