"""The usual API on onnxruntime."""

from __future__ import annotations

import numpy as np
import onnxruntime

from bench.serving.usual_api import handler_of, model_file

_session = onnxruntime.InferenceSession(model_file("peers/pipeline.onnx").read(), providers=["CPUExecutionProvider"])


def _probability(text: str) -> float:
    _, probabilities = _session.run(None, {"text": np.array([[text.lower()]])})
    return float(probabilities[0][1])


handler = handler_of(_probability)
