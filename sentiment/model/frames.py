"""The model's pipeline for clients that send tables: pandas frames in, and frames out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sklearn.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from sentiment.model.vectorizer import WithProduct

TEXT = "text"
UNNAMED = 0
"""The column of a frame that was made from a list of texts."""


class FramePipeline(Pipeline):  # type: ignore[misc]  # scikit-learn has no types
    """A scikit-learn pipeline that also predicts frames; of anything else it predicts what it would anyway."""

    def predict(self, reviews: pd.DataFrame | Sequence[str | WithProduct]) -> pd.DataFrame | NDArray[np.str_]:
        """Return labels of shape (n,), or for a frame the columns `label` and `probability` (of positive, 0 to 1).

        Args:
            reviews: A list of reviews, n of them, or a frame with the column `text`. The rows of the result have the
                frame's index.

        Raises:
            ValueError: The frame has no texts, or something else among them.
        """
        if not isinstance(reviews, pd.DataFrame):
            labels: NDArray[np.str_] = super().predict(reviews)
            return labels
        probabilities = self.predict_proba(_texts(reviews))[:, 1]
        labels = self.classes_[(probabilities > 0.5).astype(int)]  # noqa: PLR2004 (the more likely label)
        return pd.DataFrame({"label": labels, "probability": probabilities}, index=reviews.index)


def _texts(reviews: pd.DataFrame) -> list[str]:
    column = next((name for name in (TEXT, UNNAMED) if name in reviews.columns), None)
    if column is None:
        raise ValueError(f"the model reads the column {TEXT!r} of a frame, or a list of texts")
    texts: list[str] = reviews[column].tolist()
    for index, text in zip(reviews.index, texts, strict=True):
        if not isinstance(text, str):
            raise ValueError(f"row {index} of the column {column!r} is no text but {text!r}")  # noqa: TRY004 (a value of the frame)
    return texts
