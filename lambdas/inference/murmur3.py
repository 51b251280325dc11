"""MurmurHash3, 128 bits for 64-bit machines (Appleby 2011): the hash under which Feast keeps an entity.

In plain Python, for a product's id is 200 bytes at most and takes 30 microseconds: less than what a compiled package
would add to the size and the start of a function. Tests hold it against that package.
"""

from __future__ import annotations

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_C1 = 0x87C3_7B91_1142_53D5
_C2 = 0x4CF5_AD43_2745_937F
_BLOCK = 16


def hash_128(data: bytes) -> bytes:
    """Return the 16 bytes of the hash with seed 0."""
    h1 = h2 = 0
    whole = len(data) - len(data) % _BLOCK
    for start in range(0, whole, _BLOCK):
        k1 = int.from_bytes(data[start : start + 8], "little")
        k2 = int.from_bytes(data[start + 8 : start + _BLOCK], "little")
        h1 = (_rotated(h1 ^ _first(k1), 27) + h2) * 5 + 0x52DC_E729 & _MASK
        h2 = (_rotated(h2 ^ _second(k2), 31) + h1) * 5 + 0x3849_5AB5 & _MASK
    h1 ^= _first(int.from_bytes(data[whole : whole + 8], "little"))
    h2 ^= _second(int.from_bytes(data[whole + 8 :], "little"))
    h1 ^= len(data)
    h2 ^= len(data)
    h1 = h1 + h2 & _MASK
    h2 = h2 + h1 & _MASK
    h1, h2 = _mixed(h1), _mixed(h2)
    h1 = h1 + h2 & _MASK
    h2 = h2 + h1 & _MASK
    return h1.to_bytes(8, "little") + h2.to_bytes(8, "little")


def _rotated(number: int, bits: int) -> int:
    return (number << bits | number >> 64 - bits) & _MASK


def _first(k1: int) -> int:
    return _rotated(k1 * _C1 & _MASK, 31) * _C2 & _MASK


def _second(k2: int) -> int:
    return _rotated(k2 * _C2 & _MASK, 33) * _C1 & _MASK


def _mixed(k: int) -> int:
    k = (k ^ k >> 33) * 0xFF51_AFD7_ED55_8CCD & _MASK
    k = (k ^ k >> 33) * 0xC4CE_B9FE_1A85_EC53 & _MASK
    return k ^ k >> 33
