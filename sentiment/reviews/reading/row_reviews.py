"""Makes reviews of rows, given which columns hold what."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from sentiment.reviews.reading import fields
from sentiment.reviews.reading.rows import RowError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence

    from sentiment.reviews.reading.columns import Roles
    from sentiment.reviews.reading.rows import Row
    from sentiment.reviews.review import Review

    Values = tuple[Any, ...]

Read = TypeVar("Read")


def from_positions(roles: Roles, names: Sequence[str], source: str, left_out: Counter[str]) -> Callable[[Any], Review]:
    """Return what makes a review of a row in the order of the columns, followed by None.

    It raises what `_maker` says.
    """

    def position(columns: tuple[str, ...]) -> int:
        return names.index(columns[0]) if columns else -1

    rating = () if roles.rating is None else (roles.rating,)
    wanted = ((roles.text,), rating, roles.title, roles.time, roles.product)
    pick = itemgetter(*map(position, wanted))
    make = _maker(roles, source, left_out)
    return lambda row: make(pick(row))


def from_columns(
    roles: Roles, source: str, left_out: Counter[str], *, strays: bool = False
) -> Callable[[Row], Review | None]:
    """Return what makes a review of a row by column; None of one that has neither text nor rating, if `strays`.

    Where only texts are wanted, nothing tells a stray from a review without a text, so it is made.

    It raises what `_maker` says.
    """
    make = _maker(roles, source, left_out)
    text, rating = roles.text, roles.rating

    def of_row(row: Row) -> Review | None:
        if rating is None:
            rated = None
        elif strays and text not in row and rating not in row:
            return None
        else:
            rated = row.get(rating)
        title, time, product = _first(row, roles.title), _first(row, roles.time), _first(row, roles.product)
        return make((row.get(text), rated, title, time, product))

    return of_row


def _first(row: Row, columns: tuple[str, ...]) -> object:
    for column in columns:
        value = row.get(column)
        if value is not None:
            return value
    return None


def least_columns(roles: Roles, names: Sequence[str]) -> int:
    """Return how many columns a row must have to hold text and rating."""
    needed = [roles.text] if roles.rating is None else [roles.text, roles.rating]
    return 1 + max(map(names.index, needed))


def _maker(roles: Roles, source: str, left_out: Counter[str]) -> Callable[[Values], Review]:
    """Return what makes a review of a row's text, rating, title, time and product.

    A title, time or product that cannot be read costs only itself, and is counted.

    Raises:
        RowError: The row has no text, or no rating that can be read.
        RefutedError: The row shows that the file means something else.
    """
    rates = roles.rates()

    def make(values: Values) -> Review:
        text, rating, title, time, product = values
        stars, label = rates(rating)
        if roles.line_ends:
            text, title = text.replace("\\n", "\n"), title.replace("\\n", "\n")
        title_read = _or_counted(fields.title_of, title, left_out) or ""
        time_read = None if time is None else _or_counted(fields.time_of, time, left_out)
        product_read = None if product is None else _or_counted(fields.product_of, product, left_out)
        return fields.review(
            source=source,
            product_id=product_read,
            title=title_read,
            text=fields.text_of(text),
            stars=stars,
            label=label,
            time=time_read,
        )

    return make


def _or_counted(read: Callable[[object], Read], value: object, left_out: Counter[str]) -> Read | None:
    """Return what `read` reads from a value; None, and the reason is counted, if it cannot be read."""
    try:
        return read(value)
    except RowError as error:
        left_out[str(error)] += 1
        return None
