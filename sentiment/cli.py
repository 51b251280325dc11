"""The command line of the domain, `python -m sentiment`; each command is a module of `sentiment/commands/`.

Commands import scikit-learn inside their functions, so that `--help` answers at once.
"""

import typer

from sentiment.commands.convert import convert
from sentiment.commands.evaluate import evaluate
from sentiment.commands.predict import predict
from sentiment.commands.train import train

app = typer.Typer(
    name="python -m sentiment",
    help="Convert reviews, train a sentiment model on them, evaluate it and predict with it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def main() -> None:
    """Make every command a subcommand."""


app.command()(convert)
app.command("ingest", hidden=True)(convert)  # its former name
app.command()(train)
app.command()(evaluate)
app.command()(predict)
