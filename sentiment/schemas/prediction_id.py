"""Ids of predictions: ULIDs, which sort by time.

Format: https://github.com/ulid/spec (48 bits of milliseconds, 80 random bits, in Crockford's base 32).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

PATTERN = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_RANDOM_BITS = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_prediction_id(now: datetime) -> str:
    """Return an unguessable id that sorts by the millisecond of its creation."""
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    number = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def made_before(prediction_id: str, moment: datetime) -> bool:
    """Return whether the id, which matches `PATTERN`, was made before a moment."""
    milliseconds = 0
    for digit in prediction_id[:10]:
        milliseconds = milliseconds << 5 | _ALPHABET.index(digit)
    return milliseconds < (moment - _EPOCH) / timedelta(milliseconds=1)
