"""The pipeline that MLflow's clients load predicts frames, and lists as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from sentiment.model.frames import FramePipeline

if TYPE_CHECKING:
    from sentiment.model.trained import TrainedModel


@pytest.fixture(scope="module")
def pipeline(small_model: TrainedModel) -> FramePipeline:
    return FramePipeline(small_model.pipeline.steps)


def test_a_frame_becomes_a_frame_with_its_index(pipeline: FramePipeline) -> None:
    texts = ["I love it, works great", "Broke after a day, awful"]
    predicted = pipeline.predict(pd.DataFrame({"id": [1, 2], "text": texts}, index=[7, 5]))

    assert isinstance(predicted, pd.DataFrame)
    assert list(predicted.index) == [7, 5]
    assert list(predicted.label) == list(pipeline.predict(texts)) == ["positive", "negative"]
    assert list(predicted.probability) == list(pipeline.predict_proba(texts)[:, 1])


@pytest.mark.parametrize("missing", [None, float("nan"), 5, ["great"]])
def test_what_is_no_text_is_refused_with_its_row(pipeline: FramePipeline, missing: object) -> None:
    with pytest.raises(ValueError, match="row b of the column 'text' is no text"):
        pipeline.predict(pd.DataFrame({"text": ["great", missing]}, index=["a", "b"]))


def test_a_frame_without_texts_is_refused(pipeline: FramePipeline) -> None:
    with pytest.raises(ValueError, match="the model reads the column 'text'"):
        pipeline.predict(pd.DataFrame({"review": ["great"]}))
