"""The options of every command that trains: one for each hyperparameter."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import typer

from sentiment.model.hyperparameters import Hyperparameters

_HELP = {
    "regularization_c": "Inverse strength of the L2 penalty on the weights.",
    "min_reviews": "Ignore n-grams that occur in fewer reviews than this.",
    "max_ngrams": "How many n-grams the model keeps, the most informative ones.",
    "folds": "Folds of the cross-validation that calibrates the probabilities.",
    "seed": "Seed that assigns reviews to folds, the only random choice.",
    "stream_above": "Train from disk, in bounded memory, on more reviews than this.",
}


def hyperparameter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's argument `hyperparameters` with an option for each hyperparameter.

    An invalid value ends the command as any other invalid option does, with exit code 2.
    """

    @functools.wraps(command)
    def with_options(**options: Any) -> None:  # noqa: ANN401 - what typer parsed
        values = {name: options.pop(name) for name in _HELP}
        try:
            hyperparameters = Hyperparameters(**values)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        command(hyperparameters=hyperparameters, **options)

    signature = inspect.signature(command)
    others = [each for name, each in signature.parameters.items() if name != "hyperparameters"]
    options = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=typer.Option(field.default, help=_HELP[field.name]),
            annotation=type(field.default),
        )
        for field in fields(Hyperparameters)
    ]
    # typer reads this; mypy does not know it.
    with_options.__signature__ = signature.replace(parameters=[*others, *options])  # type: ignore[attr-defined]
    return with_options
