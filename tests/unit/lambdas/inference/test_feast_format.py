"""Keys and values have Feast's format, and anything else is refused."""

import contextlib

import pytest
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.infra.online_stores.helpers import compute_entity_id
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import StringList, Value
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from lambdas.inference.feast_format import FormatError, entity_id, entity_key, read_fields, read_stats
from sentiment.reviews.product import ProductStats

ANY_PRODUCT = st.text(max_size=130)
NULL = Value().SerializeToString()


def feast_key(product_id: str) -> EntityKey:
    return EntityKey(join_keys=["product_id"], entity_values=[Value(string_val=product_id)])


def row(reviews: bytes = NULL, mean_stars: bytes = NULL, positive_share: bytes = NULL) -> dict[str, bytes]:
    return {"reviews": reviews, "mean_stars": mean_stars, "positive_share": positive_share}


def whole(number: int) -> bytes:
    return bytes(Value(int64_val=number).SerializeToString())


def real(number: float) -> bytes:
    return bytes(Value(double_val=number).SerializeToString())


@given(ANY_PRODUCT)
def test_every_product_has_the_key_that_feast_gives_it(product_id: str) -> None:
    assert entity_key(product_id) == serialize_entity_key(feast_key(product_id))
    assert entity_id(product_id) == compute_entity_id(feast_key(product_id))


@pytest.mark.parametrize("product_id", ["a", "~" * 128, "../../x", "%00", "{}", "'; --", "\\x00", "\u202e💥", "\x00"])
def test_a_hostile_product_has_the_key_that_feast_gives_it(product_id: str) -> None:
    assert entity_id(product_id) == compute_entity_id(feast_key(product_id))


@given(st.integers(0, 2**63 - 1), st.none() | st.floats(1, 5), st.floats(0, 1))
def test_feasts_values_are_read(reviews: int, mean_stars: float | None, share: float) -> None:
    stored = row(whole(reviews), NULL if mean_stars is None else real(mean_stars), real(share))
    assert read_stats(stored) == ProductStats(reviews, mean_stars, share)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 999_999_999))
def test_feasts_timestamps_are_read(seconds: int, nanos: int) -> None:
    fields = read_fields(Timestamp(seconds=seconds, nanos=nanos).SerializeToString())
    assert (fields.get(1, 0), fields.get(2, 0)) == (seconds, nanos)


def test_a_row_without_values_has_no_reviews() -> None:
    assert read_stats(row()) == ProductStats(0, None, 0.0)
    assert read_stats({}) == ProductStats(0, None, 0.0)


@pytest.mark.parametrize(
    "stored",
    [
        row(real(3.0)),
        row(Value(string_val="3").SerializeToString()),
        row(Value(bool_val=True).SerializeToString()),
        row(Value(string_list_val=StringList(val=["3"])).SerializeToString()),
        row(whole(3), whole(4), real(0.5)),
        row(whole(3), real(4.0), whole(1)),
        row(whole(3), real(4.0), real(1.5)),
        row(whole(3), real(4.0), real(float("nan"))),
        row(whole(3), real(99.0), real(0.5)),
        row(b"\x20"),
        row(b"\x20" + b"\xff" * 11),
        row(whole(3), real(4.0)[:-1], real(0.5)),
        row(b"\xff"),
    ],
)
def test_impossible_statistics_are_refused(stored: dict[str, bytes]) -> None:
    with pytest.raises(FormatError):
        read_stats(stored)


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(reviews: bytes, mean_stars: bytes, share: bytes) -> None:
    with contextlib.suppress(FormatError):
        read_stats(row(reviews, mean_stars, share))
