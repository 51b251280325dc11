from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_repo.ingest.product_stats import write_stats

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WINDOW = 90
FIRST = date(2026, 1, 1)


class Rated(NamedTuple):
    """The columns that a product's statistics depend on."""

    product_id: str | None
    event_timestamp: datetime
    label: str | None
    stars: float | None


class Row(NamedTuple):
    """A product's statistics as of a day."""

    day: date
    reviews: int
    mean_stars: float | None
    positive_share: float


def stats_of(reviews: Iterable[Rated], folder: Path) -> dict[str, list[Row]]:
    times = pa.timestamp("us")
    columns = zip(*reviews, strict=True)
    kinds = (pa.string(), times, pa.string(), pa.float64())
    table = pa.table(
        {name: pa.array(values, kind) for name, values, kind in zip(Rated._fields, columns, kinds, strict=True)}
    )
    found: dict[str, list[Row]] = {}
    for one in write_stats(table, WINDOW, folder):
        for row in pq.read_table(one.path).to_pylist():
            at = row["event_timestamp"].astimezone(UTC)
            assert at == row["created_timestamp"]
            assert (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
            assert f"/month={at:%Y-%m}/" in one.key
            numbers = Row(at.date(), row["reviews"], row["mean_stars"], row["positive_share"])
            found.setdefault(row["product_id"], []).append(numbers)
    return found


def counted_by_hand(reviews: list[Rated], day: date) -> tuple[int, float | None, float]:
    """Return the statistics by definition: of reviews in [day - 90 days, day), with exact fractions."""
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - as in the index: UTC, without saying so
    inside = [one for one in reviews if midnight - timedelta(days=WINDOW) <= one.event_timestamp < midnight]
    stars = [Fraction(one.stars) for one in inside if one.stars is not None]
    positive = sum(one.label == "positive" for one in inside)
    return (
        len(inside),
        float(sum(stars) / len(stars)) if stars else None,
        positive / len(inside) if inside else 0.0,
    )


def test_a_review_counts_from_the_next_day_for_ninety_days(tmp_path: Path) -> None:
    one = Rated("p", datetime(2026, 1, 10, 23, 59, 59, 999999), "positive", 4.0)  # noqa: DTZ001 - UTC
    assert stats_of([one], tmp_path) == {
        "p": [Row(date(2026, 1, 11), 1, 4.0, 1.0), Row(date(2026, 4, 11), 0, None, 0.0)]
    }


def test_days_without_a_change_have_no_row(tmp_path: Path) -> None:
    at = datetime(2026, 1, 10, 12)  # noqa: DTZ001 - UTC
    leaving_as_its_like_comes = [
        Rated("p", at, "negative", 2.0),
        Rated("p", at + timedelta(days=WINDOW), "negative", 2.0),
    ]
    days = [row.day for row in stats_of(leaving_as_its_like_comes, tmp_path)["p"]]
    assert days == [date(2026, 1, 11), date(2026, 7, 10)]


def test_reviews_without_product_or_stars(tmp_path: Path) -> None:
    at = datetime(2026, 1, 10)  # noqa: DTZ001 - UTC
    reviews = [Rated(None, at, "positive", 5.0), Rated("p", at, "negative", None), Rated("p", at, None, 3.0)]
    assert stats_of(reviews, tmp_path)["p"][0] == Row(date(2026, 1, 11), 2, 3.0, 0.0)
    assert set(stats_of(reviews, tmp_path)) == {"p"}


@pytest.mark.parametrize("seed", range(3))
def test_statistics_of_every_day_follow_their_definition(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    start = datetime(2026, 1, 1)  # noqa: DTZ001 - UTC
    reviews = []
    for _ in range(400):
        stars = draw.choice([1.0, 1.1, 2.0, 3.0, 3.3, 4.0, 4.7, 5.0, None])
        label = draw.choice(["positive", "negative"]) if stars is None else None
        if stars is not None and stars != 3.0:
            label = "positive" if stars > 3 else "negative"
        at = start + timedelta(microseconds=draw.randrange(300 * 86_400_000_000))
        reviews.append(Rated(draw.choice("abc"), at, label, stars))
    found = stats_of(reviews, tmp_path)
    for product, rows in found.items():
        theirs = [one for one in reviews if one.product_id == product]
        changed = {row.day: row for row in rows}
        newest: tuple[int, float | None, float] = (0, None, 0.0)
        for offset in range(400):
            day = FIRST + timedelta(days=offset)
            expected = counted_by_hand(theirs, day)
            if day in changed:
                assert tuple(changed[day][1:]) != newest
                newest = changed[day].reviews, changed[day].mean_stars, changed[day].positive_share
            assert newest[0] == expected[0]
            assert newest[1] == pytest.approx(expected[1], abs=1e-12)
            assert newest[2] == expected[2]
        assert rows[-1].reviews == 0
