"""An archive of predictions, by a version that was promoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdas.shared.raw_events import RawEvents
from sentiment.model import artifact
from sentiment.model.scorer import Scorer
from tests.integration.events import a_prediction
from tests.integration.lambdas.functions import tiny_artifact

if TYPE_CHECKING:
    from datetime import datetime

    from sentiment.schemas.pointer import Pointer
    from tests.integration.resources import Resources


def archive(resources: Resources, texts: list[str], at: datetime, name: str) -> None:
    """Archive predictions by version 7 in one file."""
    scorer = Scorer(artifact.load(tiny_artifact("7")))
    events = [
        a_prediction(text, at).model_copy(update={"probability": round(scorer.probability(text), 9)}) for text in texts
    ]
    RawEvents(resources.lake, resources.s3).write(
        "predictions", f"{at:%Y-%m-%d}", name, [event.model_dump_json() for event in events]
    )


def log_promotion(resources: Resources, pointer: Pointer) -> None:
    """Note a promotion in the audit log."""
    entry = f'{{"kind": "promotion", "pointer": {pointer.model_dump_json()}}}'
    resources.s3.put_object(Bucket=resources.artifacts, Key="audit/20261101T000000.000000Z-a.json", Body=entry.encode())
