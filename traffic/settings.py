"""The settings of traffic, each an environment variable of the same name in capitals."""

from __future__ import annotations

import os
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, PrivateAttr, TypeAdapter, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from sentiment.reviews.reading import Columns

Share = Annotated[float, Field(ge=0, le=1)]


def _columns() -> Columns:
    given = {field.name: os.environ.get(field.name.upper()) or None for field in fields(Columns)}
    return TypeAdapter(Columns).validate_python(given)


class Settings(BaseSettings):
    """Where the API is, how much is sent to it, and how honest its raters are.

    Attributes:
        api_url: URL of the API's stage, without a slash at its end.
        api_key: For `x-api-key`.
        reviewers_api_key: The reviewers' API key; empty for no reviewer.
        rate: Reviews per second.
        count: Reviews in total.
        concurrency: Reviews in progress at the same time.
        new: Share of reviews that the loop does not have yet: feedback on those without stars becomes training data.
            The others are reviews that a loop on the sample has.
        wrong: Share of verdicts that are false by mistake, by any rater.
        malicious: Share of raters whose verdicts are always false.
        raters: How many people give feedback, in turns.
        raters_per_review: How many of them rate each new review. Also read as `JUDGES`.
        reviewed: Share of what waits for a reviewer's label that the reviewer labels, with the review's true label.
        export: A file for the new reviews, as a shop exports its reviews; None for none.
        starred: Share of the new reviews that are in that file, with their authors' stars: most, as in a shop.
        seed: Decides every choice; None for a random one.
        files: Review files to send instead of the built-in reviews; a tenth is sent as known ones.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    api_url: Annotated[str, Field(pattern=r"^https?://\S+[^/]$")]
    api_key: Annotated[str, Field(min_length=1)]
    reviewers_api_key: str = ""
    rate: Annotated[float, Field(gt=0, le=1000)] = 75.0
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 3600
    concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    new: Share = 0.8
    wrong: Share = 0.0
    malicious: Share = 0.0
    raters: Annotated[int, Field(ge=1, le=100_000)] = 240
    raters_per_review: Annotated[
        int, Field(ge=1, le=20, validation_alias=AliasChoices("raters_per_review", "judges"))
    ] = 3
    reviewed: Share = 0.8
    export: Path | None = None
    starred: Share = 0.8
    seed: int | None = None
    files: Annotated[tuple[Path, ...], NoDecode] = ()
    _columns: Columns = PrivateAttr(default_factory=_columns)  # no field: COLUMNS is the width of a terminal

    @field_validator("files", mode="before")
    @classmethod
    def _split(cls, given: object) -> object:
        """File names separated by spaces, quoted as in a shell."""
        return tuple(Path(name) for name in shlex.split(given)) if isinstance(given, str) else given

    @property
    def columns(self) -> Columns:
        """The columns of the files' tables that variables such as `TEXT_COLUMN` name."""
        return self._columns
