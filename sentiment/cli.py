"""The command line of the domain, `python -m sentiment`. Each command is a module of `sentiment/commands/`.

A command imports what is heavy (scikit-learn) inside its function, so that `--help` answers at once.
"""

import typer

from sentiment.commands.evaluate import evaluate
from sentiment.commands.ingest import ingest
from sentiment.commands.predict import predict
from sentiment.commands.train import train

app = typer.Typer(
    name="python -m sentiment",
    help="Read reviews, train a sentiment model on them, measure it and ask it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def main() -> None:
    """Keep every command under its own name, however many there are."""


app.command()(ingest)
app.command()(train)
app.command()(evaluate)
app.command()(predict)
