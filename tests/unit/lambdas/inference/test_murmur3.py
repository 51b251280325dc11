"""The hash is MurmurHash3's, of any bytes."""

import mmh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.inference.murmur3 import hash_128


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "00000000000000000000000000000000"),
        (b"hello", "029bbd41b3a7d8cb191dae486a901e5b"),
        (b"The quick brown fox jumps over the lazy dog", "6c1b07bc7bbc4be347939ac4a93c437a"),
    ],
)
def test_known_texts_have_their_hash(data: bytes, expected: str) -> None:
    assert hash_128(data).hex() == expected


@given(st.binary(max_size=200))
def test_it_is_the_hash_of_the_package_that_feast_uses(data: bytes) -> None:
    assert hash_128(data) == mmh3.hash_bytes(data)


def test_it_has_the_check_value_of_the_author_s_own_test() -> None:
    """SMHasher's: the hash of the hashes of 256 keys. Those have seeds, and are the package's."""
    hashes = b"".join(mmh3.hash_bytes(bytes(range(length)), seed=256 - length) for length in range(256))
    assert int.from_bytes(hash_128(hashes)[:4], "little") == 0x6384BA69
