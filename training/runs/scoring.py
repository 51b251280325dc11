"""The predictions of several models on the same held-out reviews, and the gate applied to them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sentiment.evaluation.gate import GateSettings, decide, decide_first
from sentiment.evaluation.metrics import measure
from sentiment.model.artifact import ArtifactError, load
from sentiment.model.scorer import Scorer
from training.errors import EvaluationError
from training.registry.names import HEADLINES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sentiment.evaluation.decision import Decision, Rule
    from sentiment.reviews.example import Example
    from sentiment.reviews.review import Label
    from training.settings import Settings

CANDIDATE, PRODUCTION, ANCHOR = "candidate", "production", "anchor"


@dataclass(frozen=True, slots=True)
class Predictions:
    """What each model predicts for each held-out review.

    Attributes:
        review_ids: Ids of the reviews, n of them.
        labels: Their true labels.
        sources: Where they come from.
        products: Their product ids; None where not known.
        newer: Whether they are newer than what production was trained on; False without production.
        probabilities: Probabilities of positive, n for each model, by the model's name.
    """

    review_ids: Sequence[str]
    labels: Sequence[Label]
    sources: Sequence[str]
    products: Sequence[str | None]
    probabilities: Mapping[str, Sequence[float]]
    newer: Sequence[bool]

    def to_parquet(self) -> bytes:
        """Return a table with one row per review and one column per model."""
        columns = {
            "review_id": pa.array(self.review_ids, pa.string()),
            "label": pa.array(self.labels, pa.string()),
            "source": pa.array(self.sources, pa.string()),
            "product_id": pa.array(self.products, pa.string()),
            "newer": pa.array(self.newer, pa.bool_()),
            **{name: pa.array(values, pa.float64()) for name, values in self.probabilities.items()},
        }
        target = BytesIO()
        pq.write_table(pa.table(columns), target)
        return target.getvalue()

    @classmethod
    def from_parquet(cls, data: bytes) -> Predictions:
        """Read what `to_parquet` returned.

        Raises:
            EvaluationError: The bytes are not such a table.
        """
        try:
            columns = pq.read_table(BytesIO(data)).to_pydict()
            return cls(
                review_ids=columns.pop("review_id"),
                labels=columns.pop("label"),
                sources=columns.pop("source"),
                products=columns.pop("product_id"),
                newer=columns.pop("newer"),
                probabilities=columns,
            )
        except (pa.ArrowException, KeyError) as error:
            raise EvaluationError(f"The predictions of the held-out reviews cannot be read: {error}.") from error


def score(held_out: Sequence[Example], artifacts: Mapping[str, tuple[bytes, str]]) -> Predictions:
    """Predict the same reviews with each model, as serving does.

    Args:
        held_out: The reviews, each with the product statistics known at its time.
        artifacts: Serving export and its checksum, by the model's name.

    Raises:
        EvaluationError: An artifact does not load.
    """
    labelled = [(example, example.label) for example in held_out if example.label]
    texts = [example.review.full_text for example, _ in labelled]
    probabilities = {}
    trained_until = None
    for name, (data, checksum) in artifacts.items():
        try:
            artifact = load(data, sha256=checksum)
        except ArtifactError as error:
            raise EvaluationError(f"The {name} model cannot be scored: {error}.") from error
        if name == PRODUCTION:
            trained_until = artifact.training.get("window", {}).get("end")
        scorer = Scorer(artifact)
        probabilities[name] = [
            scorer.probability(text, example.product) for text, (example, _) in zip(texts, labelled, strict=True)
        ]
    return Predictions(
        review_ids=[example.review.review_id for example, _ in labelled],
        labels=[label for _, label in labelled],
        sources=[example.review.source for example, _ in labelled],
        products=[example.review.product_id for example, _ in labelled],
        probabilities=probabilities,
        newer=[_is_newer(example.review.time, trained_until) for example, _ in labelled],
    )


def _is_newer(time: datetime | None, trained_until: str | None) -> bool:
    """Return whether a review is newer than the last one that production was trained on, an ISO time in its summary."""
    return time is not None and trained_until is not None and time > datetime.fromisoformat(trained_until)


def apply_gate(predictions: Predictions, settings: Settings, also: Sequence[Rule]) -> Decision:
    """Return the gate's decision: against production and anchor, or on a first model if there is no production.

    `also` are the rules that do not follow from the predictions; a first model has none.

    Raises:
        EvaluationError: The gate cannot be applied to the predictions.
    """
    gate = GateSettings(margin=settings.gate_margin)
    probabilities = predictions.probabilities
    try:
        if PRODUCTION not in probabilities:
            return decide_first(predictions.labels, probabilities[CANDIDATE], gate)
        return decide(
            predictions.labels,
            candidate=probabilities[CANDIDATE],
            production=probabilities[PRODUCTION],
            anchor=probabilities[ANCHOR],
            slices={
                "source": predictions.sources,
                "product": ["unknown" if product is None else product for product in predictions.products],
            },
            newer=predictions.newer,
            also=also,
            settings=gate,
        )
    except (ValueError, KeyError) as error:
        raise EvaluationError(
            f"The gate cannot be applied to the predictions of the held-out reviews: {error}."
        ) from error


def headlines(predictions: Predictions) -> dict[str, dict[str, float]]:
    """Return the headline metrics of each model, by model and metric."""
    truth = np.array([label == "positive" for label in predictions.labels])
    found = {}
    for model, probabilities in predictions.probabilities.items():
        values = asdict(measure(truth, np.array(probabilities, dtype=np.float64)))
        found[model] = {name: float(values[name]) for name in HEADLINES}
    return found
