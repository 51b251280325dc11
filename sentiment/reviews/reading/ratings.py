"""What the value of a row's stars or class means, and which values show that it means something else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from sentiment.reviews.reading.fields import digits_of, is_absent, number_of
from sentiment.reviews.reading.rows import RefutedError, RowError
from sentiment.reviews.stars import LEAST_POSITIVE_STARS, MAX_STARS, MIN_STARS, label_of_stars

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sentiment.reviews.review import Label

OUT_OF = re.compile(r"(?:rated )?(\d+(?:[.,]\d+)?) ?(?:/|out of|of) ?(\d+)(?: stars?)?\.?", re.IGNORECASE)
"""Such as `4.0 out of 5 stars` and `4/5`."""
WITH_UNIT = re.compile(r"(?:rated )?(\d+(?:[.,]\d+)?)[ -]?stars?\.?", re.IGNORECASE)
SYMBOLS = re.compile("(★{1,5})(☆{0,4})")

POSITIVE_WORDS = frozenset(("positive", "pos", "good"))
NEGATIVE_WORDS = frozenset(("negative", "neg", "bad"))
NEUTRAL_WORDS = frozenset(("neutral", "neu", "mixed"))

MAX_SCALE = 100
"""No shop has longer scales; a larger number in the column of stars is a damaged row, not a scale."""

REMEMBERED = 1000
"""How many different values are remembered, so that they need not be read again."""

Rating = tuple[float | None, "Label | None"]
NO_LABEL: Final[Rating] = None, None
POSITIVE: Final[Rating] = None, "positive"
NEGATIVE: Final[Rating] = None, "negative"


class Rates(Protocol):
    """Tells stars and label from the value in a row."""

    def __call__(self, value: object) -> Rating:
        """Return stars and label.

        Raises:
            RowError: This row has no rating that can be read.
            RefutedError: The values of this file mean something else.
        """


def unrated(value: object) -> Rating:  # noqa: ARG001 - as the other `Rates`
    """Return that a row has neither stars nor a label, whatever its value is."""
    return NO_LABEL


class Stars:
    """Stars of 1 to 5, or up to `scale`, of which four fifths are positive and two fifths negative.

    A number above the scale refutes it. So does 0, until there were 5 stars: classes of 0 and 1, or 0 to 4, look like
    stars, and would get the wrong label. After that, a 0 is one bad row.
    """

    def __init__(self, scale: float | None = None) -> None:
        self._scale = None if scale == MAX_STARS else scale
        self._known: dict[object, Rating] = {}
        self._complete = False

    def __call__(self, value: object) -> Rating:
        """Return stars and label of a value such as `4`, `4.0`, `4.0 out of 5 stars` or `★★★★☆`."""
        if type(value) is str or type(value) is float or type(value) is int:
            found = self._known.get(value)
            if found is None:
                stars = self._read(value)
                found = stars, label_of_stars(stars)
                if len(self._known) < REMEMBERED:
                    self._known[value] = found
                self._complete = self._complete or stars == MAX_STARS
            return found
        raise RowError(self._problem)

    @property
    def _problem(self) -> str:
        return f"the stars are not a number from {MIN_STARS} to {digits_of(self._scale or MAX_STARS)}"

    def _read(self, value: str | float) -> float:
        number, own_scale = number_and_scale(value)
        scale = own_scale or self._scale
        if number is None or abs(number) > max(MAX_SCALE, scale or 0):
            raise RowError(self._problem)
        if scale is not None:
            if number > scale:
                raise RefutedError(f"{digits_of(number)} is more than the scale of {digits_of(scale)}")
            if number < 0:
                raise RowError(self._problem)
            return max(MIN_STARS, number * MAX_STARS / scale)
        if number > MAX_STARS:
            raise RefutedError(f"{digits_of(number)} is more than {MAX_STARS} stars: give the scale, as in --scale 10")
        if number < MIN_STARS:
            if not self._complete:
                raise RefutedError(
                    f"{digits_of(number)} is no number of stars: name the column with --label-column and its values "
                    "with --positive and --negative"
                )
            raise RowError(self._problem)
        return number


class Classes:
    """Classes by name or number, such as 1 and 2, of which some are positive and some negative.

    Args:
        positive: Values of the positive ones, as `class_of` gives them.
        negative: Values of the negative ones.
        confirmed: Whether somebody said so; then any other word has no label.

    A number between both has no label, as 0 between -1 and 1; one outside refutes them: it is a rating, or there are
    more classes than were known. So does another word, but one for neutral, unless somebody said what the words mean.
    """

    def __init__(self, positive: Iterable[str], negative: Iterable[str], *, confirmed: bool) -> None:
        self._known = dict.fromkeys(positive, POSITIVE) | dict.fromkeys(negative, NEGATIVE)
        numbers = [number for value in self._known if (number := number_of(value)) is not None]
        self._bounds = (min(numbers), max(numbers)) if len(numbers) == len(self._known) else None
        self._confirmed = confirmed
        self._written: dict[str, Rating] = {}
        self._named = "neither " + " nor ".join(", ".join(sorted(values)) for values in (positive, negative))

    def __call__(self, value: object) -> Rating:
        """Return no stars, and the label of a class."""
        found = self._written.get(value) if type(value) is str else None
        return self._read(value) if found is None else found

    def _read(self, value: object) -> Rating:
        name = class_of(value)
        known = self._known.get(name)
        if known is None:
            if not name:
                raise RowError("the class is empty")
            return self._other(name)
        if type(value) is str and len(self._written) < REMEMBERED:
            self._written[value] = known
        return known

    def _other(self, name: str) -> Rating:
        number = number_of(name)
        if self._bounds is None:
            if number is None and (self._confirmed or name in NEUTRAL_WORDS):
                return NO_LABEL
            raise RefutedError(f"a class is {self._named}: name them with --positive and --negative")
        if number is None:
            raise RowError(f"the class is {self._named}")
        if self._bounds[0] < number < self._bounds[1]:
            return NO_LABEL
        raise RefutedError(
            f"the class {digits_of(number)} is {self._named}: if these are stars, name the column with --stars-column"
        )


def class_of(value: object) -> str:
    """Return a class as it is compared: 1, 1.0 and "1" are the same, and so are Positive and positive."""
    if isinstance(value, bool):
        return str(value).casefold()
    if isinstance(value, int | float) and not is_absent(value):
        return digits_of(value)
    if not isinstance(value, str):
        return ""
    name = value.strip().casefold()
    number = number_of(name)
    return name if number is None else digits_of(number)


def number_and_scale(value: str | float) -> tuple[float | None, float | None]:
    """Return the number of stars in a value, and the scale that it names; None for what it does not have."""
    number = number_of(value)
    if number is not None or not isinstance(value, str):
        return number, None
    text = " ".join(value.split())
    if match := OUT_OF.fullmatch(text):
        scale = float(match[2])
        return number_of(match[1]), scale if MIN_STARS < scale <= MAX_SCALE else None
    if match := WITH_UNIT.fullmatch(text):
        return number_of(match[1]), None
    if match := SYMBOLS.fullmatch(text):
        return float(len(match[1])), None
    return None, None


def are_stars(values: Iterable[object], scale: float | None = None) -> bool:
    """Return whether values can be nothing but stars: at least one is above 3, and none is refuted."""
    stars = Stars(scale)
    highest = 0.0
    try:
        for value in sorted(values, key=lambda value: number_of(value) or 0.0, reverse=True):
            try:
                highest = max(highest, stars(value)[0] or 0.0)
            except RowError:
                continue
    except RefutedError:
        return False
    return highest >= LEAST_POSITIVE_STARS or (scale is not None and highest > 0.0)
