"""`python -m monitoring`: commands of monitoring."""

from __future__ import annotations

import typer

from monitoring.why.cli import why

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Watch the loop.")


@app.callback()
def _commands() -> None:
    """Keep `why` a command of its own, as long as it is the only one."""


app.command()(why)

if __name__ == "__main__":
    app()
