"""The usual API on scikit-learn and joblib."""

from __future__ import annotations

import joblib

from bench.serving.usual_api import handler_of, model_file

_pipeline = joblib.load(model_file("peers/pipeline.joblib"))

handler = handler_of(lambda text: float(_pipeline.predict_proba([text.lower()])[0, 1]))
