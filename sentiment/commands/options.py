"""The hyperparameters as command-line options, for every command that trains."""

from typing import Annotated

import typer

RegularizationC = Annotated[float, typer.Option(help="Inverse strength of the L2 penalty on the weights.")]
MinReviews = Annotated[int, typer.Option(help="N-grams in fewer reviews are ignored.")]
MaxNgrams = Annotated[int, typer.Option(help="Number of n-grams that the model keeps, the most telling ones.")]
Folds = Annotated[int, typer.Option(help="Folds of the cross-validation that calibrates the probabilities.")]
Seed = Annotated[int, typer.Option(help="Seed of the only random choice: which review is in which fold.")]
StreamAbove = Annotated[int, typer.Option(help="With more reviews than this, train from disk, in bounded memory.")]
