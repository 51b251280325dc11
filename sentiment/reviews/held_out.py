"""Which reviews are held out: no version is ever trained on them, and every version is evaluated on them."""

import hashlib

HELD_OUT_PERCENT = 10


def is_held_out(review_id: str) -> bool:
    """Return whether no version is ever trained on this review: 10 %, by hash of the id."""
    digest = hashlib.blake2b(review_id.encode(), digest_size=8, person=b"held-out").digest()
    return int.from_bytes(digest, "big") % 100 < HELD_OUT_PERCENT
