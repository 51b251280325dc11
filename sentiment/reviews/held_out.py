"""Which reviews are held out: no version is ever trained on them, and every version is evaluated on them.

A hash with a key that nobody outside knows decides when a text first reaches the loop; the side is stored with it.
"""

from __future__ import annotations

import hashlib
import hmac

from sentiment.keys import derived_key, key_fingerprint
from sentiment.reviews.identity import fingerprint

HELD_OUT_PERCENT = 10


class HoldOut:
    """Decides which texts are held out, by the secret of a loop.

    Attributes:
        key_fingerprint: Tells whether two decide by the same secret.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = derived_key(secret, "held-out")
        self.key_fingerprint = key_fingerprint(secret)

    def holds_out_fingerprint(self, fingerprint: str) -> bool:
        """Return whether a text is held out: one in ten, by its fingerprint (`identity.fingerprint`)."""
        digest = hmac.digest(self._key, fingerprint.encode(), "sha256")
        return int.from_bytes(digest[:8], "big") % 100 < HELD_OUT_PERCENT

    def holds_out(self, text: str) -> bool:
        """Return whether a text is held out, however it is spelled."""
        return self.holds_out_fingerprint(fingerprint(text))


PUBLIC = HoldOut(b"Sentiment Loop: known to everybody")
"""For commands without a loop: anybody can tell what it holds out."""


def was_held_out(review_id: str) -> bool:
    """Return whether a review was held out before sides were stored: texts of that time keep theirs."""
    digest = hashlib.blake2b(review_id.encode(), digest_size=8, person=b"held-out").digest()
    return int.from_bytes(digest, "big") % 100 < HELD_OUT_PERCENT
