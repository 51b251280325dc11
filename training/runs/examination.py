"""What the gate wants to know beside the held-out reviews: behaviour, and what moved on whose evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from sentiment.evaluation import behaviour
from sentiment.evaluation.evidence import Evidence, evidence
from sentiment.evaluation.flipping_phrases import Models
from sentiment.evaluation.training_text import TrainingText
from sentiment.evaluation.trust import Rater
from sentiment.model.artifact import ArtifactError, load
from sentiment.model.scorer import Scorer
from training.errors import EvaluationError
from training.runs.scoring import ANCHOR, CANDIDATE, PRODUCTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sentiment.evaluation.decision import Rule
    from sentiment.model.artifact import Artifact
    from sentiment.reviews.example import Example
    from training.runs.dataset import Examples

NOT_RECORDED = frozenset({Rater("", None)})


class Examination(BaseModel):
    """What each model fails, and what moved between them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failed: dict[str, list[str]]
    evidence: Evidence = Evidence()

    def rules(self) -> tuple[Rule, ...]:
        """Return the rules that follow; none without production, which there would be nothing to compare with."""
        if PRODUCTION not in self.failed:
            return ()
        return (behaviour.compared(self.failed[CANDIDATE], self.failed[PRODUCTION]), self.evidence.rule())

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `model_dump_json` returned.

        Raises:
            EvaluationError: The bytes are something else.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise EvaluationError(f"What the gate found out about the models cannot be read: {error}.") from error


def examine(
    models: Mapping[str, tuple[bytes, str]],
    training: Examples,
    held_out: Sequence[Example],
    raters: Mapping[str, frozenset[Rater]],
) -> Examination:
    """Return how candidate and production behave, and what moved between them.

    Args:
        models: Serving export and its checksum, by the model's name.
        training: The examples that the candidate was trained on, with their weights.
        held_out: The held-out reviews.
        raters: Who stands behind each label from feedback, by review id.

    Raises:
        EvaluationError: A model does not load.
    """
    loaded = {name: _loaded(name, *models[name]) for name in (CANDIDATE, PRODUCTION, ANCHOR) if name in models}
    failed = {name: behaviour.failed(Scorer(loaded[name])) for name in (CANDIDATE, PRODUCTION) if name in loaded}
    if PRODUCTION not in loaded:
        return Examination(failed=failed)
    texts = ((example.review.full_text, example.label) for example in held_out if example.label)
    compared = Models(loaded[ANCHOR], loaded[PRODUCTION], loaded[CANDIDATE])
    moved = evidence(compared, TrainingTexts(training, raters), texts)
    return Examination(failed=failed, evidence=moved)


class TrainingTexts:
    """Training examples with those who stand behind their labels; can be iterated over repeatedly.

    A label from feedback that nobody is recorded for counts as that of one client, which was not recorded.
    """

    def __init__(self, examples: Examples, raters: Mapping[str, frozenset[Rater]]) -> None:
        self._examples = examples
        self._raters = raters

    def __iter__(self) -> Iterator[TrainingText]:
        """Yield each."""
        for example in self._examples:
            if example.label and example.weight:
                behind = (
                    self._raters.get(example.review.review_id, NOT_RECORDED) if example.is_feedback else frozenset()
                )
                yield TrainingText(example.review.full_text, example.label, example.weight, behind)


def _loaded(name: str, data: bytes, checksum: str) -> Artifact:
    try:
        return load(data, sha256=checksum)
    except ArtifactError as error:
        raise EvaluationError(f"The {name} model cannot be examined: {error}.") from error
