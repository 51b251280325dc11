"""Ids of predictions: sortable and unguessable."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentiment.schemas.prediction_id import PATTERN, made_before, new_prediction_id

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


@given(moments)
def test_an_id_has_the_documented_form(moment: datetime) -> None:
    assert re.fullmatch(PATTERN, new_prediction_id(moment))


@given(moments, moments)
def test_ids_sort_by_the_time_they_were_made(one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    if later - earlier >= MILLISECOND:
        assert new_prediction_id(earlier) < new_prediction_id(later)


@given(moments)
def test_an_id_tells_whether_it_was_made_before_a_moment(moment: datetime) -> None:
    made = new_prediction_id(moment)
    assert made_before(made, moment + MILLISECOND)
    assert not made_before(made, moment - MILLISECOND)


def test_every_well_formed_id_has_a_time() -> None:
    assert made_before("0" * 26, NOON)
    assert not made_before("7" + "Z" * 25, datetime.max.replace(tzinfo=UTC))


def test_ids_of_one_millisecond_differ() -> None:
    assert len({new_prediction_id(NOON) for _ in range(10_000)}) == 10_000
