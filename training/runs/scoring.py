"""Several models on the same held-out reviews, and what the gate says of the candidate among them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sentiment.evaluation.gate import GateSettings, decide, decide_first
from sentiment.evaluation.metrics import measure
from sentiment.model.artifact import ArtifactError, load
from sentiment.model.scorer import Scorer
from sentiment.model.training import document
from training.errors import EvaluationError
from training.registry.names import HEADLINES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sentiment.evaluation.decision import Decision
    from sentiment.reviews.example import Example
    from sentiment.reviews.review import Label
    from training.settings import Settings

CANDIDATE, PRODUCTION, ANCHOR = "candidate", "production", "anchor"
_OTHERS = (PRODUCTION, ANCHOR)


@dataclass(frozen=True, slots=True)
class Predictions:
    """What each model says of each held-out review.

    Attributes:
        review_ids: Of the reviews, n of them.
        labels: Their truth.
        sources: Where they come from.
        products: Of which product they are; None where that is not known.
        probabilities: Of positive, by the model's name, n each.
    """

    review_ids: Sequence[str]
    labels: Sequence[Label]
    sources: Sequence[str]
    products: Sequence[str | None]
    probabilities: Mapping[str, Sequence[float]]

    def to_parquet(self) -> bytes:
        """Return a table: a row a review, a column a model."""
        columns = {
            "review_id": pa.array(self.review_ids, pa.string()),
            "label": pa.array(self.labels, pa.string()),
            "source": pa.array(self.sources, pa.string()),
            "product_id": pa.array(self.products, pa.string()),
            **{name: pa.array(values, pa.float64()) for name, values in self.probabilities.items()},
        }
        target = BytesIO()
        pq.write_table(pa.table(columns), target)
        return target.getvalue()

    @classmethod
    def from_parquet(cls, data: bytes) -> Predictions:
        """Return the predictions of `to_parquet`.

        Raises:
            EvaluationError: The bytes are none.
        """
        try:
            columns = pq.read_table(BytesIO(data)).to_pydict()
            return cls(
                review_ids=columns.pop("review_id"),
                labels=columns.pop("label"),
                sources=columns.pop("source"),
                products=columns.pop("product_id"),
                probabilities=columns,
            )
        except (pa.ArrowException, KeyError) as error:
            raise EvaluationError(f"The predictions of the held-out reviews cannot be read: {error}.") from error


def score(held_out: Sequence[Example], artifacts: Mapping[str, tuple[bytes, str]]) -> Predictions:
    """Score the same reviews with each model, as serving would.

    Args:
        held_out: The reviews, each with what was known of its product.
        artifacts: Serving export and its checksum, by the model's name.

    Raises:
        EvaluationError: An artifact does not load.
    """
    judged = [(example, example.label) for example in held_out if example.label]
    texts = [document(example.review) for example, _ in judged]
    probabilities = {}
    for name, (data, checksum) in artifacts.items():
        try:
            scorer = Scorer(load(data, sha256=checksum))
        except ArtifactError as error:
            raise EvaluationError(f"The {name} model cannot be scored: {error}.") from error
        probabilities[name] = [
            scorer.probability(text, example.product) for text, (example, _) in zip(texts, judged, strict=True)
        ]
    return Predictions(
        review_ids=[example.review.review_id for example, _ in judged],
        labels=[label for _, label in judged],
        sources=[example.review.source for example, _ in judged],
        products=[example.review.product_id for example, _ in judged],
        probabilities=probabilities,
    )


def judge(predictions: Predictions, settings: Settings) -> Decision:
    """Return what the gate says: against production and anchor, or of a first model where there is no production.

    Raises:
        EvaluationError: The predictions cannot be judged.
    """
    gate = GateSettings(margin=settings.gate_margin)
    chances = predictions.probabilities
    try:
        if PRODUCTION not in chances:
            return decide_first(predictions.labels, chances[CANDIDATE], gate)
        return decide(
            predictions.labels,
            candidate=chances[CANDIDATE],
            production=chances[PRODUCTION],
            anchor=chances[ANCHOR],
            slices={
                "source": predictions.sources,
                "product": ["unknown" if product is None else product for product in predictions.products],
            },
            settings=gate,
        )
    except (ValueError, KeyError) as error:
        raise EvaluationError(f"The predictions of the held-out reviews cannot be judged: {error}.") from error


def headlines(predictions: Predictions) -> dict[str, dict[str, float]]:
    """Return the metrics that a model is known by, by model and name."""
    truth = np.array([label == "positive" for label in predictions.labels])
    found = {}
    for model, chances in predictions.probabilities.items():
        values = asdict(measure(truth, np.array(chances, dtype=np.float64)))
        found[model] = {name: float(values[name]) for name in HEADLINES}
    return found
