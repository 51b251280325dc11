"""The hyperparameters as options of a command line, said once for every command that trains."""

from typing import Annotated

import typer

RegularizationC = Annotated[float, typer.Option(help="Inverse strength of the L2 penalty on the weights.")]
MinReviews = Annotated[int, typer.Option(help="An n-gram that fewer reviews hold is not learned.")]
MaxNgrams = Annotated[int, typer.Option(help="How many n-grams the model keeps, the most telling ones.")]
Folds = Annotated[int, typer.Option(help="Folds of the cross-validation that calibrates the probabilities.")]
Seed = Annotated[int, typer.Option(help="Seed of the only random choice, which review is in which fold.")]
StreamAbove = Annotated[int, typer.Option(help="More reviews than this are trained on from disk, in bounded memory.")]
