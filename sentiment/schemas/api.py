"""Requests and answers of the API."""

import re
from typing import Annotated, Literal, Self, TypeVar

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

from sentiment.evaluation.audit_draw import DRAWS, Draw
from sentiment.reviews.review import Label
from sentiment.schemas import prediction_id as ids
from sentiment.schemas.pointer import DataWindow, ModelVersion, Sha256

MAX_TEXT = 10_000
MAX_BATCH = 100
MAX_FIELDS = 20
"""Most fields of a body; unknown ones are named in the answer, so their number is limited."""

# Python's and JSON Schema's regular expressions differ in what is white space; this pattern means the same in both.
_NOT_BLANK = re.compile(r"[^\s\u001c-\u001f\u0085\ufeff]")

Given = TypeVar("Given")
Verdict = Literal["up", "down"]
FeedbackOutcome = Literal["recorded", "repeated", "changed"]
ProductStatsUse = Literal["used", "unknown", "unavailable", "not_asked"]


def _encodable(text: str) -> str:
    """Refuse half a surrogate pair, which JSON can escape and no store can encode."""
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
            "description": "A review: 1 to 10,000 characters, not counting whitespace around it.",
            "examples": ["Great sound and the battery lasts for days."],
        }
    ),
]
PredictionId = Annotated[str, Field(pattern=ids.PATTERN, examples=["01KAQ3ZV5T8M2N4P6R7S9TVWXY"])]
AuditCursor = Annotated[
    str,
    Field(
        pattern=rf"^({'|'.join(DRAWS)})~"
        r"\d{4}-\d{2}-\d{2}~\d{4}~\d{2}~([0-9a-f]{32}|-)~" + ids.PATTERN.removeprefix("^")
    ),
]
"""Where a page ended: draw, day, place, hour, client and prediction."""
MAX_PAGE = 25
"""Texts of a page; so many of the longest, escaped twice, are within the 6 MB of Lambda's answers."""


def _not_null(given: Given | None) -> Given:
    """Refuse null, which is another thing than nothing; a default is not validated."""
    if given is None:
        raise ValueError("null is no value")
    return given


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _has_few_fields(cls, body: object) -> object:
        """Refuse a body with many fields in one error: one error each for 400,000 fields takes 500 MB."""
        if isinstance(body, dict) and len(body) > MAX_FIELDS:
            raise ValueError(f"there are {len(body):,} fields; this request has {', '.join(cls.model_fields)}")
        return body


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class PredictRequest(_Request):
    """A review to predict."""

    text: Text
    product_id: Annotated[str, Field(pattern=r"^[!-~]{1,128}$")] | None = Field(
        default=None, description="The shop's id of the product; unknown ids are allowed.", examples=["B00YQ6X8EO"]
    )


class PredictBatchRequest(_Request):
    """Several reviews to predict."""

    texts: Annotated[list[Text], Field(min_length=1, max_length=MAX_BATCH)]


class WordAnswer(_Answer):
    """A span of the text that contributed to the prediction."""

    text: str
    weight: float = Field(description="What it adds to the log-odds; above 0 makes positive more likely.")
    start: int = Field(ge=0, description="Where it starts in the text sent, in Unicode code points.")
    end: int = Field(ge=0, description="Where it ends (exclusive).")


class PredictionAnswer(_Answer):
    """The prediction of one review."""

    prediction_id: PredictionId
    label: Label
    probability: float = Field(ge=0, le=1, description="Of positive.")
    model_version: ModelVersion
    words: list[WordAnswer] = Field(
        description="The words that decided, strongest first; empty if none did, as in an unknown language."
    )
    product_stats: ProductStatsUse = Field(
        description="Whether the product's earlier reviews were used: `used`; `unknown` (it has none in the last 90 "
        "days); `unavailable` (they could not be read in time); `not_asked` (no product_id was sent)."
    )


class PredictionsAnswer(RootModel[list[PredictionAnswer]]):
    """The predictions, in the order of the texts."""


class FeedbackRequest(_Request):
    """A verdict on a prediction; from a reviewer, the true label of its text."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["verdict"]}, {"required": ["label"]}]})

    prediction_id: PredictionId
    verdict: Annotated[
        Verdict | None,
        AfterValidator(_not_null),
        WithJsonSchema({"type": "string", "enum": ["up", "down"], "description": "Whether the prediction was right."}),
    ] = None
    label: Annotated[
        Label | None,
        AfterValidator(_not_null),
        WithJsonSchema(
            {
                "type": "string",
                "enum": ["positive", "negative"],
                "description": "The true label, instead of `verdict`; with the reviewers' API key only.",
            }
        ),
    ] = None
    rater: Annotated[str, AfterValidator(_encodable), Field(min_length=1, max_length=256)] | None = Field(
        default=None, description="Opaque id of the rater; stored as a keyed hash. Default: the API key."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.verdict is None) == (self.label is None):
            raise ValueError("send a verdict, or with the reviewers' API key a label")
        return self


class FeedbackAnswer(_Answer):
    """The feedback that is now stored for a prediction."""

    prediction_id: PredictionId
    outcome: FeedbackOutcome
    verdict: Verdict
    label: Label = Field(description="The label that follows from prediction and verdict.")
    predicted: Label
    model_version: ModelVersion
    revision: int = Field(ge=1, description="How many verdicts there were, counting changes.")


class ReviewAnswer(_Answer):
    """The reviewer's label that is now stored for a prediction. It does not tell what the model said."""

    prediction_id: PredictionId
    outcome: FeedbackOutcome
    label: Label
    revision: int = Field(ge=1, description="How many labels there were, counting changes.")


class AuditRequest(_Request):
    """Which page of what waits for a reviewer's label."""

    limit: int = Field(default=MAX_PAGE, ge=1, le=MAX_PAGE, description="Texts of a page at most.")
    after: Annotated[AuditCursor, Field(description="`next` of the page before.")] | None = None
    draw: (
        Annotated[
            Draw, Field(description="One of the draws alone. Default: all, in the order in which they stand here.")
        ]
        | None
    ) = None


class WaitingAnswer(_Answer):
    """A text that waits for a reviewer's label."""

    prediction_id: PredictionId
    text: str
    product_id: str | None = None
    created_at: AwareDatetime
    draw: Draw = Field(
        description="Why: `audit` is a random sample of all predictions, whose labels are the audited accuracy; "
        "`voted` is one of what people voted on, whose labels show how far to trust them; `unsure` one that the model "
        "was unsure of, `contradicted` where a voter contradicts a model that was sure."
    )


class AuditAnswer(_Answer):
    """A page of the texts that wait for a reviewer's label."""

    waiting: list[WaitingAnswer]
    next: AuditCursor | None = Field(description="Pass it as `after` for the next page; null after the last one.")


class ModelAnswer(_Answer):
    """The model in production."""

    model_version: ModelVersion
    run_id: str
    trained_at: AwareDatetime
    promoted_at: AwareDatetime
    previous_version: ModelVersion | None
    metrics: dict[str, float]
    data_window: DataWindow
    data_sha256: Sha256 | None = Field(description="Of the training data; null if not recorded.")
    feature_service: str | None = Field(description="Feast's feature service; null for a model trained on files.")
    sha256: Sha256 = Field(description="Of the model's artifact.")
    problem: str | None = Field(description="Why a newer model that was promoted is not served.")


class HealthAnswer(_Answer):
    """The service is ready to predict."""

    status: Literal["ok"] = "ok"
    model_version: ModelVersion
    problem: str | None = Field(description="Why a newer model that was promoted is not served.")


class ErrorDetail(_Answer):
    """What went wrong."""

    code: str = Field(description="For programs; it does not change.", examples=["invalid_request"])
    message: str = Field(description="For people.")


class ErrorAnswer(_Answer):
    """Answer to every request that fails."""

    error: ErrorDetail
