"""Ids of predictions: ULIDs, sortable by time, that also say which predictions people are asked to label.

Source of the format: https://github.com/ulid/spec (48 bits of milliseconds, 80 random bits, in
Crockford's base 32).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

PATTERN = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
AUDIT_PERCENT = 3
LIFETIME = timedelta(days=100)
"""How long a prediction is kept, and so how long it takes feedback."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_RANDOM_BITS = 80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_prediction_id(now: datetime) -> str:
    """Return an id that nobody can guess and that sorts by the millisecond it was made in."""
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    number = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def made_before(prediction_id: str, moment: datetime) -> bool:
    """Tell whether the id was made before a moment; the id is one that `PATTERN` matches."""
    milliseconds = 0
    for digit in prediction_id[:10]:
        milliseconds = milliseconds << 5 | _ALPHABET.index(digit)
    return milliseconds < (moment - _EPOCH) / timedelta(milliseconds=1)


def is_audit(prediction_id: str) -> bool:
    """Tell whether people are asked to label this prediction whatever the thumbs say: 3 %, by hash."""
    digest = hashlib.blake2b(prediction_id.encode(), digest_size=8, person=b"audit").digest()
    return int.from_bytes(digest, "big") % 100 < AUDIT_PERCENT
