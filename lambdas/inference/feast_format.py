"""Feast 0.67's format of online features: keys and values.

Feast itself takes 500 MB and six seconds to import, too long for a request. This is the part that a request needs;
contract tests read the same rows with Feast and with this.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from sentiment.reviews.product import ProductStats, product_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

FEATURE_VIEW = "product_stats"
JOIN_KEY = "product_id"
REVIEWS, MEAN_STARS, POSITIVE_SHARE = "reviews", "mean_stars", "positive_share"
FEATURES = (REVIEWS, MEAN_STARS, POSITIVE_SHARE)

_STRING = 2
"""Feast's number of the type in keys."""
_INT64, _DOUBLE = 4, 5
"""Fields of the protobuf message `feast.types.Value`; a null has none."""
_VARINT, _FIXED64 = 0, 1
_LONGEST_VARINT = 10
_CONTINUES = 0x80
"""Set in each byte of a varint but the last."""


class StoredRow(NamedTuple):
    """A product's row: its time, and the statistics as of then."""

    event_time: datetime
    stats: ProductStats


class FormatError(ValueError):
    """The bytes are not in Feast's format, or the statistics are impossible; the message says why."""


def entity_key(product_id: str) -> bytes:
    """Return Feast's serialised key of a product, version 3."""
    name, value = JOIN_KEY.encode(), product_id.encode()
    return struct.pack("<III", 1, _STRING, len(name)) + name + struct.pack("<II", _STRING, len(value)) + value


def entity_id(product_id: str) -> str:
    """Return the key of the product's item in Feast's DynamoDB table."""
    import mmh3  # noqa: PLC0415 - DynamoDB's table alone needs the hash

    return mmh3.hash_bytes(entity_key(product_id)).hex()


def read_stats(values: Mapping[str, bytes]) -> ProductStats:
    """Return the statistics of a row's serialised values by the feature's name.

    Raises:
        FormatError: The values are not in Feast's format, or the statistics are impossible.
    """
    reviews, mean_stars, share = (read_fields(values.get(name, b"")) for name in FEATURES)
    if not reviews.keys() <= {_INT64} or not mean_stars.keys() | share.keys() <= {_DOUBLE}:
        raise FormatError("a feature does not have the type of its view")
    stats = ProductStats(
        reviews=int(reviews.get(_INT64, 0)), mean_stars=mean_stars.get(_DOUBLE), positive_share=share.get(_DOUBLE, 0.0)
    )
    try:
        product_values(stats)
    except ValueError as error:
        raise FormatError(str(error)) from error
    return stats


def read_fields(message: bytes) -> dict[int, float]:
    """Return the numbers of a protobuf message by field: varints, as signed 64 bits, and doubles.

    Raises:
        FormatError: The message is cut off, or has fields of other types.
    """
    fields: dict[int, float] = {}
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            fields[number] = value - (1 << 64) if value >= 1 << 63 else value
        elif kind == _FIXED64 and place + 8 <= len(message):
            (fields[number],) = struct.unpack_from("<d", message, place)
            place += 8
        else:
            raise FormatError(f"field {number} of a value is cut off or of another type")
    return fields


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """Return the number that starts at this place, and the place after it."""
    value = 0
    for i, byte in enumerate(message[place : place + _LONGEST_VARINT]):
        value |= (byte & ~_CONTINUES) << 7 * i
        if byte < _CONTINUES:
            return value, place + i + 1
    raise FormatError("a number in a value is cut off")
