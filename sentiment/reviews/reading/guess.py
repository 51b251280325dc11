"""Guesses which column of a table holds what, by the columns' names and the values of the first rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sentiment.reviews.reading import ratings
from sentiment.reviews.reading.column_names import (
    LABEL,
    PEOPLE,
    PRODUCT,
    STARS,
    TEXT,
    TIME,
    TITLE,
    named_as,
    names_a_person,
    plain,
)
from sentiment.reviews.reading.columns import Columns, ColumnsError, roles_of
from sentiment.reviews.reading.fields import digits_of, number_of
from sentiment.reviews.stars import MAX_STARS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sentiment.reviews.reading.columns import Roles
    from sentiment.reviews.reading.rows import Row

MAX_CLASSES = 7
LEAST_TEXT = 15
"""Characters that a column of texts has in the mean, if its name does not say that it holds texts."""


@dataclass(frozen=True, slots=True)
class Guess:
    """How a table is taken to be meant.

    Attributes:
        roles: Its columns.
        columns: The options that say the same.
        doubt: Why somebody must confirm it; empty if it cannot mean anything else.
    """

    roles: Roles
    columns: Columns
    doubt: str = ""


def guess(names: Sequence[str], rows: Sequence[Row], named: Columns, *, texts_only: bool = False) -> Guess:
    """Return which column holds what: those that are named, and for the rest what names and values tell.

    Args:
        names: The columns.
        rows: The first rows.
        named: The columns that somebody named.
        texts_only: Whether the rating does not matter; then no column needs to hold one.

    Raises:
        ColumnsError: A named column is missing, or nothing tells which columns hold text and rating.
    """
    roles = {role: _named(getattr(named, f"{role}_column"), names) for role in ("text", "stars", "label", "title")}
    roles |= {role: _named(getattr(named, f"{role}_column"), names) for role in ("time", "product")}
    for role in ("text", "title", "product"):
        if (name := roles[role]) is not None and plain(name) in PEOPLE:
            raise ColumnsError(f"the column {name} names who wrote the review, which is never kept")
    doubts = []
    text, doubt = (roles["text"], "") if roles["text"] else _text_column(names, rows, taken=set(roles.values()))
    doubts.append(doubt)
    rest = [name for name in names if name not in {text, *roles.values()}]
    rated = Columns()
    if not texts_only:
        rated, doubt = _rating(rest, rows, replace(named, stars_column=roles["stars"], label_column=roles["label"]))
        doubts.append(doubt)
    rest = [name for name in rest if name not in (rated.stars_column, rated.label_column)]
    for role, known in (("title", TITLE), ("time", TIME), ("product", PRODUCT)):
        if roles[role] is None:
            roles[role] = next(iter(named_as(known, rest)), None)
    columns = replace(
        rated,
        text_column=text,
        title_column=roles["title"],
        time_column=roles["time"],
        product_column=roles["product"],
    )
    rating_told = texts_only or named.stars_column or named.positive is not None or named.scale
    confirmed = named.text_column is not None and rating_told
    roles_told = roles_of(columns, named=named, texts_only=texts_only)
    return Guess(roles_told, columns, "" if confirmed else "; ".join(filter(None, doubts)))


def _named(wanted: str | None, names: Sequence[str]) -> str | None:
    if not wanted or wanted in names:
        return wanted
    for same in (str.casefold, plain):
        found = [name for name in names if same(name) == same(wanted)]
        if len(found) == 1:
            return found[0]
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise ColumnsError(f"there is no column {wanted}, only {_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name or '""' for name in names[:20])
    return f"{shown} and {len(names) - 20} more" if len(names) > 20 else shown  # noqa: PLR2004 - what fits a line


def _text_column(names: Sequence[str], rows: Sequence[Row], taken: set[str | None]) -> tuple[str, str]:
    found = [name for name in named_as(TEXT, names) if name not in taken]
    if found:
        texts = [name for name in found if any(_is_words(row.get(name)) for row in rows)] or found
        doubt = f"{' and '.join(texts)} may both hold the text" if len(texts) > 1 else ""
        return texts[0], doubt
    lengths: Counter[str] = Counter()
    for row in rows:
        for name, value in row.items():
            if _is_words(value):
                lengths[name] += len(str(value))
    longest = [
        name
        for name, length in lengths.most_common()
        if length >= LEAST_TEXT * len(rows) and name in names and name not in taken and not names_a_person(name)
    ]
    if not longest:
        raise ColumnsError(f"no column is known to hold the text; there are {_listed(names)}")
    return longest[0], "no column's name says that it holds the text"


def _is_words(value: object) -> bool:
    return isinstance(value, str) and " " in value.strip()


def _rating(names: Sequence[str], rows: Sequence[Row], named: Columns) -> tuple[Columns, str]:
    """Return columns with stars or classes, and the doubt about them."""
    values = _Values(rows)
    if named.stars_column is not None:
        return named, ""  # what is none ends the reading
    stars, labels = named_as(STARS, names), named_as(LABEL, names)
    if named.positive is not None or named.label_column is not None:
        label = named.label_column or next(iter((*labels, *stars)), None)
        if label is None:
            raise ColumnsError(f"no column is known to hold the class; there are {_listed(names)}")
        found = replace(named, label_column=label)
        return (found, "") if named.positive is not None else _classes_in(found, values.classes(label))
    for name in stars:
        if named.scale is not None or ratings.are_stars(values.of(name)):
            return replace(named, stars_column=name), ""
    return _in_doubt(stars, labels, values, named) or _by_values(names, values, named)


def _in_doubt(
    stars: Iterable[str], labels: Iterable[str], values: _Values, named: Columns
) -> tuple[Columns, str] | None:
    """Return what columns named as stars or classes may hold, though their values are not certainly stars."""
    for name in stars:
        if values.may_be_stars(name):
            return replace(named, stars_column=name), _as_stars(name)
    for name in (*stars, *labels):
        scale = values.scale(name)
        classes = values.classes(name)
        if classes and len(classes) <= MAX_CLASSES and named.scale is None and (scale is None or scale <= MAX_STARS):
            return _classes_in(replace(named, label_column=name), classes)
        if scale is not None:
            return replace(named, stars_column=name, scale=named.scale or scale), _as_stars(name)
    return None


def _by_values(names: Sequence[str], values: _Values, named: Columns) -> tuple[Columns, str]:
    """Return the only column whose values can be stars or classes, always in doubt."""
    unnamed = "no column's name says that it holds stars or a class"
    stars = [name for name in names if ratings.are_stars(values.of(name), named.scale)]
    classed = [name for name in names if name not in stars and _can_be_classes(values.classes(name))]
    if len(stars) == 1:
        return replace(named, stars_column=stars[0]), unnamed
    if len(classed) == 1 and not stars:
        columns, doubt = _classes_in(replace(named, label_column=classed[0]), values.classes(classed[0]))
        return columns, doubt or unnamed
    raise ColumnsError(f"no column is known to hold stars or a class; there are {_listed(names)}")


def _can_be_classes(classes: Counter[str]) -> bool:
    words = ratings.POSITIVE_WORDS | ratings.NEGATIVE_WORDS | ratings.NEUTRAL_WORDS
    few = 1 < len(classes) <= 3  # noqa: PLR2004 - negative, neutral, positive
    return few and (set(classes) <= words or all(number_of(name) is not None for name in classes))


def _as_stars(name: str) -> str:
    return f"the values of {name} may not be stars from 1 to {MAX_STARS}"


def _classes_in(columns: Columns, classes: Counter[str]) -> tuple[Columns, str]:
    """Return columns with the meaning that the classes seem to have."""
    label = columns.label_column
    seen = set(classes)
    positive, negative = seen & ratings.POSITIVE_WORDS, seen & ratings.NEGATIVE_WORDS
    if positive or negative:
        strange = seen - positive - negative - ratings.NEUTRAL_WORDS
        doubt = f"the column {label} has values besides positive and negative" if strange else ""
        columns = replace(
            columns,
            positive=",".join(sorted(positive or ratings.POSITIVE_WORDS)),
            negative=",".join(sorted(negative or ratings.NEGATIVE_WORDS)),
        )
        return columns, doubt
    pair = next((pair for pair in _PAIRS if seen <= set(pair)), None)
    if pair is None:
        numbers = sorted(number for name in seen if (number := number_of(name)) is not None)
        if len(numbers) != len(seen) or len(numbers) < 2:  # noqa: PLR2004 - one of each
            raise ColumnsError(
                f"it is not known which values of {label} are positive; it has {', '.join(sorted(seen)[:10])}"
            )
        pair = digits_of(numbers[0]), digits_of(numbers[-1])
    doubt = f"it is not certain which values of {label} are positive: it has {', '.join(sorted(seen))}"
    return replace(columns, negative=pair[0], positive=pair[-1]), doubt


_PAIRS = (
    *(("0", "1"), ("1", "2"), ("-1", "1"), ("-1", "0", "1"), ("0", "1", "2"), ("0", "4"), ("0", "2", "4")),
    *(("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t")),
)
"""Classes from the negative one to the positive one, where people use numbers and answers."""


class _Values:
    """The values of the first rows, by column."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def of(self, name: str) -> list[object]:
        return [row.get(name) for row in self._rows]

    def classes(self, name: str) -> Counter[str]:
        return Counter(filter(None, map(ratings.class_of, self.of(name))))

    def may_be_stars(self, name: str) -> bool:
        numbers = [number_of(value) for value in self.of(name)]
        return all(number is None or 1 <= number <= MAX_STARS for number in numbers) and any(numbers)

    def scale(self, name: str) -> float | None:
        """Return the scale that numbers above 5 suggest; None if most are no numbers."""
        numbers = [number for value in self.of(name) if (number := number_of(value)) is not None]
        if 2 * len(numbers) <= len(self._rows) or max(numbers) > ratings.MAX_SCALE or max(numbers) <= 0:
            return None
        highest = max(numbers)
        return next((float(scale) for scale in (10, 100) if MAX_STARS < highest <= scale), max(highest, 1.0))
