"""When two texts are the same text: their normal forms are equal, however they are written.

The normal form is without case, HTML, white space, punctuation, accents and invisible characters; letters of other
scripts that look like Latin ones are these. Emoticons and emoji stay, since they can flip a text.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

from sentiment.reviews.symbols import EYES, HEART, MOUTH, NOSE, TAG

FINGERPRINT_BYTES = 16

_TAG = re.compile(TAG, re.IGNORECASE)
_AMPERSANDS = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+", re.IGNORECASE)
"""An ampersand that was escaped any number of times."""
_ROUNDS = 8
"""How often entities and tags are looked for in what is left of the others."""
_EMOTICON = re.compile(f"({EYES}){NOSE}({MOUTH})|({HEART})")
_EYES = re.compile(f"{EYES}|{HEART}")
_NO_LETTERS = bytes(code for code in range(0x80) if not chr(code).isalnum())
_NO_LETTER = re.compile(r"[^a-z0-9\x80-\U0010ffff]+")

_LOOKALIKES = str.maketrans(
    "авекмнорстухѕіјһԁԛԝӏαβεζηικνορτυχγօոսհցզıɑɡɩøłđħŧ",
    "abekmhopctyxsijhdqwlabezhikvoptuxyonuhgqiagioldht",
)
_ACCENTS = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE00, 0xFE2F))
"""Combining marks of Latin, Greek and Cyrillic letters, and variation selectors; other scripts need theirs."""
_INVISIBLE = ((0x02B0, 0x02FF), (0x115F, 0x1160), (0x2800, 0x2800), (0x3164, 0x3164), (0xFFA0, 0xFFA0))
"""Letters and symbols that show as nothing or as an apostrophe."""
_EMOJI = ((0x2600, 0x27BF), (0x2B50, 0x2B50), (0x1F000, 0x1F3FA), (0x1F400, 0x1FAFF))
"""Without the modifiers of skin tones."""


def normalised(text: str) -> str:
    """Return the normal form of a text: what is the same in all its spellings.

    A text without a letter, digit, emoticon or emoji keeps its punctuation.
    """
    plain = text.lower() if text.isascii() and "&" not in text and "<" not in text else _plain(text)
    if _EYES.search(plain) is None:
        return _letters(plain) or "".join(plain.split())
    # The text before an emoticon, then its eyes, mouth and heart, of which some are None.
    parts = _EMOTICON.split(plain)
    parts[::4] = map(_letters, parts[::4])
    return "".join(filter(None, parts)) or "".join(plain.split())


def _letters(plain: str) -> str:
    """Return the letters, digits and emoji: the faster way for ASCII, and what is left for other texts."""
    if plain.isascii():
        return plain.encode("ascii").translate(None, _NO_LETTERS).decode("ascii")
    return _NO_LETTER.sub("", plain)


def fingerprint(text: str) -> str:
    """Return 32 hexadecimal digits: the same for the same text, however it is written."""
    return hashlib.blake2b(normalised(text).encode("utf-8", "surrogatepass"), digest_size=FINGERPRINT_BYTES).hexdigest()


def _plain(text: str) -> str:
    """Return the text in lowercase, without HTML, accents, invisible characters and non-ASCII punctuation."""
    for _ in range(_ROUNDS):
        before = text
        if "&" in text:
            text = html.unescape(_AMPERSANDS.sub("&", text))
        if not text.isascii():
            text = unicodedata.normalize("NFKD", text)
        if "<" in text:
            text = _TAG.sub(" ", text)
        if text == before:
            break
    folded = text.casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFKD", folded).translate(_TABLE)


class _Table(dict[int, int | str | None]):
    """What replaces each character; looked up in Unicode's tables once."""

    def __missing__(self, code: int) -> int | str | None:
        self[code] = found = _kept(code)
        return found


def _kept(code: int) -> int | str | None:
    """Return what replaces a character in lowercase: itself, a Latin letter, or None to leave it out."""
    if code < 0x80:  # noqa: PLR2004 - ASCII
        return code
    kind = unicodedata.category(chr(code))
    if kind in ("Zs", "Zl", "Zp"):
        return " "
    if _within(code, _ACCENTS) or _within(code, _INVISIBLE):
        return None
    return code if kind[0] in "LNM" or _within(code, _EMOJI) else None


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


_TABLE = _Table(_LOOKALIKES)
