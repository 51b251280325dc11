"""The columns of a table as people name them, and what each holds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sentiment.reviews.reading import ratings
from sentiment.reviews.reading.fields import digits_of

if TYPE_CHECKING:
    from collections.abc import Callable


class ColumnsError(ValueError):
    """The columns that are named do not fit the file, or it has none that hold text and rating."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that somebody named; None for those that the file is to tell. Each is an option of the commands.

    Attributes:
        text_column: The review's text.
        stars_column: Its stars.
        scale: The most stars, if it is not five.
        label_column: Its class, where there are no stars.
        positive: Values of the class that are positive, separated by commas.
        negative: Values that are negative.
        title_column: The headline; empty if no column holds one.
        time_column: When it was written.
        product_column: The product's id.
    """

    text_column: str | None = None
    stars_column: str | None = None
    scale: float | None = None
    label_column: str | None = None
    positive: str | None = None
    negative: str | None = None
    title_column: str | None = None
    time_column: str | None = None
    product_column: str | None = None

    def __post_init__(self) -> None:
        if self.stars_column is not None and self.label_column is not None:
            raise ValueError("give --stars-column or --label-column, not both")
        if (self.positive is None) != (self.negative is None):
            raise ValueError("--positive and --negative go together")
        if self.scale is not None and not 1 <= self.scale <= ratings.MAX_SCALE:
            raise ValueError(f"--scale must be between 1 and {ratings.MAX_SCALE}")
        if self.scale is not None and (self.label_column is not None or self.positive is not None):
            raise ValueError("--scale is for stars, --positive and --negative are for classes")
        if self.stars_column is not None and self.positive is not None:
            raise ValueError("--positive and --negative are for --label-column, not for stars")
        if self.positive is not None and not (self.positives and self.negatives):
            raise ValueError("--positive and --negative need a value")
        if self.positives & self.negatives:
            raise ValueError("the same value is --positive and --negative")

    def __bool__(self) -> bool:
        return bool(self.given())

    def given(self) -> dict[str, str]:
        """Return the value, as text, of each option that was given, by a name such as `text_column`."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: digits_of(value) if isinstance(value, int | float) else value
            for name, value in values.items()
            if value is not None
        }

    def options(self) -> list[str]:
        """Return the words of a command line that say the same."""
        words: list[str] = []
        for name, value in self.given().items():
            option = option_of(name)
            words += [f"{option}={value}"] if value.startswith("-") else [option, value]
        return words

    @property
    def positives(self) -> frozenset[str]:
        """The positive classes, as `class_of` gives them."""
        return _classes(self.positive)

    @property
    def negatives(self) -> frozenset[str]:
        """The negative classes, as `class_of` gives them."""
        return _classes(self.negative)


def option_of(name: str) -> str:
    """Return the option of a command for a field of `Columns`, such as `--text-column`."""
    return f"--{name.replace('_', '-')}"


def _classes(value: str | None) -> frozenset[str]:
    return frozenset(filter(None, map(ratings.class_of, (value or "").split(","))))


@dataclass(frozen=True, slots=True)
class Roles:
    """Which columns hold what, and how a rating is read. Of several columns, the first that has a value counts.

    Attributes:
        text: The column of texts.
        rating: That of stars or classes; None if only texts are wanted.
        rates: Makes what tells stars and label of a rating; each file needs its own.
        title: Those of titles.
        time: Those of times.
        product: Those of product ids.
        line_ends: Whether line ends in texts are written as a backslash and an n.
    """

    text: str
    rating: str | None
    rates: Callable[[], ratings.Rates]
    title: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    line_ends: bool = False


def roles_of(columns: Columns, named: Columns | None = None, *, texts_only: bool = False) -> Roles:
    """Return the roles of columns that are all known, of which some were `named`."""
    rating = columns.stars_column or columns.label_column
    if columns.text_column is None or (rating is None and not texts_only):
        raise ValueError("a table needs a column of texts and one of stars or classes")
    confirmed = named is None or named.positive is not None

    def rates() -> ratings.Rates:
        if rating is None:
            return ratings.unrated
        if columns.stars_column is not None:
            return ratings.Stars(columns.scale)
        return ratings.Classes(columns.positives, columns.negatives, confirmed=confirmed)

    return Roles(
        text=columns.text_column,
        rating=rating,
        rates=rates,
        title=tuple(filter(None, [columns.title_column])),
        time=tuple(filter(None, [columns.time_column])),
        product=tuple(filter(None, [columns.product_column])),
    )
