"""Keys of different purposes and secrets are different, and the fingerprint gives no key away."""

from __future__ import annotations

import hmac

from sentiment.keys import client_hash, derived_key, key_fingerprint


def test_each_purpose_has_a_key_of_its_own() -> None:
    keys = {derived_key(b"secret", purpose) for purpose in ("held-out", "audit", "client", "alerts")}
    assert len(keys) == 4
    assert derived_key(b"secret", "audit") == hmac.digest(b"secret", b"audit", "sha256")


def test_the_fingerprint_tells_secrets_apart() -> None:
    assert key_fingerprint(b"secret") == hmac.digest(b"secret", b"fingerprint", "sha256").hex()[:16]
    assert key_fingerprint(b"secret") != key_fingerprint(b"another")


def test_a_client_is_known_by_a_hash_that_only_the_loop_can_make() -> None:
    known = client_hash(b"secret", "a1b2c3")

    assert known == client_hash(b"secret", "a1b2c3")
    assert known not in {client_hash(b"secret", "a1b2c4"), client_hash(b"another", "a1b2c3")}
    assert len(bytes.fromhex(known)) == 16
