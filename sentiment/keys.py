"""Keys derived from the secret of a loop, one for each purpose. Standard library only.

The secret is never used itself, so that what one purpose shows tells nothing of another.
"""

from __future__ import annotations

import hmac
from typing import Literal

Purpose = Literal["held-out", "audit", "client", "alerts", "first-predictions"]
"""What a key decides: which texts are held out, which predictions audited; a client's hash; Alertmanager's token; which
reviews a new loop predicts first."""

_FINGERPRINT_DIGITS = 16
_CLIENT_DIGITS = 32


def derived_key(secret: bytes, purpose: Purpose) -> bytes:
    """Return the key of a purpose, 32 bytes."""
    return hmac.digest(secret, purpose.encode(), "sha256")


def key_fingerprint(secret: bytes) -> str:
    """Return 16 hexadecimal digits that tell two secrets apart and say nothing else of them."""
    return hmac.digest(secret, b"fingerprint", "sha256").hex()[:_FINGERPRINT_DIGITS]


def client_hash(secret: bytes, api_key_id: str) -> str:
    """Return the name under which the client with this API key is stored: 32 hexadecimal digits."""
    return hmac.digest(derived_key(secret, "client"), api_key_id.encode(), "sha256").hex()[:_CLIENT_DIGITS]


def alerts_token(secret: bytes) -> str:
    """Return the token with which Alertmanager calls the loop: 64 hexadecimal digits."""
    return derived_key(secret, "alerts").hex()
