"""What the API accepts and answers."""

import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    WithJsonSchema,
    model_validator,
)

from sentiment.reviews.review import Label
from sentiment.schemas import prediction_id as ids
from sentiment.schemas.pointer import DataWindow, ModelVersion, Sha256

MAX_TEXT = 10_000
MAX_BATCH = 100
MAX_FIELDS = 20
"""Of a body: what is unknown is named as long as it is little."""

# What counts as blank differs between Python's expressions and those of JSON Schema: this means the same in both.
_NOT_BLANK = re.compile(r"[^\s\u001c-\u001f\u0085\ufeff]")

Verdict = Literal["up", "down"]
ProductStatsUse = Literal["used", "unknown", "unavailable", "not_asked"]


def _encodable(text: str) -> str:
    """JSON can escape half of a surrogate pair, which is not a character and fits into no store."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("the text has half a surrogate pair") from error
    return text


def _of_sensible_length(text: str) -> str:
    if not _NOT_BLANK.search(text):
        raise ValueError("the text is blank")
    length = len(text.strip())
    if length > MAX_TEXT:
        raise ValueError(
            f"the text has {length:,} characters, {MAX_TEXT:,} are allowed: send its title and its end instead"
        )
    return text


Text = Annotated[
    str,
    AfterValidator(_encodable),
    AfterValidator(_of_sensible_length),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_TEXT,
            "pattern": _NOT_BLANK.pattern,
            "description": "A review: 1 to 10,000 characters, not counting blanks around it.",
            "examples": ["Great sound and the battery lasts for days."],
        }
    ),
]
PredictionId = Annotated[str, Field(pattern=ids.PATTERN, examples=["01KAQ3ZV5T8M2N4P6R7S9TVWXY"])]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _has_few_fields(cls, body: object) -> object:
        """Refuse what is flooded with fields in one error: one for each of 400,000 takes 500 MB."""
        if isinstance(body, dict) and len(body) > MAX_FIELDS:
            raise ValueError(f"there are {len(body):,} fields, this call knows {', '.join(cls.model_fields)}")
        return body


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class PredictRequest(_Request):
    """A review to judge."""

    text: Text
    product_id: Annotated[str, Field(pattern=r"^[!-~]{1,128}$")] | None = Field(
        default=None, description="The shop's id of the product; need not be known.", examples=["B00YQ6X8EO"]
    )


class PredictBatchRequest(_Request):
    """Several reviews to judge."""

    texts: Annotated[list[Text], Field(min_length=1, max_length=MAX_BATCH)]


class WordAnswer(_Answer):
    """A span of the text that decided."""

    text: str
    weight: float = Field(description="Log-odds it adds: above 0 speaks for positive.")
    start: int = Field(ge=0, description="Where it starts in the text sent, in Unicode code points.")
    end: int = Field(ge=0, description="Where it ends (exclusive).")


class PredictionAnswer(_Answer):
    """The judgement of one review."""

    prediction_id: PredictionId
    label: Label
    probability: float = Field(ge=0, le=1, description="Of positive.")
    model_version: ModelVersion
    words: list[WordAnswer] = Field(
        description="What decided, strongest first. Empty where no word did, as in a language the model cannot read."
    )
    product_stats: ProductStatsUse = Field(
        description="Whether the product's earlier reviews took part: `used`; `unknown` (there are none of the last 90 "
        "days); `unavailable` (they could not be read in time); `not_asked` (no product_id was sent)."
    )


class PredictionsAnswer(RootModel[list[PredictionAnswer]]):
    """The judgements, in the order of the texts."""


class FeedbackRequest(_Request):
    """Whether a prediction was right."""

    prediction_id: PredictionId
    verdict: Verdict
    rater: Annotated[str, AfterValidator(_encodable), Field(min_length=1, max_length=256)] | None = Field(
        default=None, description="Opaque id of who judged; kept as a keyed hash. The API key where absent."
    )


class FeedbackAnswer(_Answer):
    """What is now known about a prediction."""

    prediction_id: PredictionId
    outcome: Literal["recorded", "repeated", "changed"]
    verdict: Verdict
    label: Label = Field(description="The label that follows from prediction and verdict.")
    predicted: Label
    model_version: ModelVersion
    revision: int = Field(ge=1, description="How often the mind was made up.")


class ModelAnswer(_Answer):
    """The model that is served."""

    model_version: ModelVersion
    run_id: str
    trained_at: AwareDatetime
    promoted_at: AwareDatetime
    previous_version: ModelVersion | None
    metrics: dict[str, float]
    data_window: DataWindow
    data_sha256: Sha256 | None = Field(description="Of the data trained on; null where that is not on record.")
    feature_service: str | None = Field(description="That the data came from; null of a model trained on files.")
    sha256: Sha256 = Field(description="Of the model's artifact.")
    problem: str | None = Field(description="Why a newer model that is published is not served.")


class HealthAnswer(_Answer):
    """The service can predict."""

    status: Literal["ok"] = "ok"
    model_version: ModelVersion
    problem: str | None = Field(description="Why a newer model that is published is not served.")


class ErrorDetail(_Answer):
    """What went wrong."""

    code: str = Field(description="For programs: stays the same.", examples=["invalid_request"])
    message: str = Field(description="For people.")


class ErrorAnswer(_Answer):
    """Every answer that is not a success."""

    error: ErrorDetail
