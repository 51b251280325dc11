"""The model as data: what training exports and serving loads. JSON in gzip, never code. Standard library only."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from typing import Any, NamedTuple

FORMAT = "sentiment-model"
FORMAT_VERSION = 1
MAX_BYTES = 64 * 1024 * 1024
"""An artifact larger than this when unpacked is refused: no model of ours comes near, a decompression bomb does."""


class ArtifactError(Exception):
    """The data are not an artifact that this program can serve; the message says why."""


class Artifact(NamedTuple):
    """A trained model.

    Attributes:
        ngrams: Weight of each n-gram (log-odds of positive before the text's norm).
        lexicon: Of each opinion word VADER's valence and Hu and Liu's polarity.
        values: Weight of each lexicon value, by name.
        intercept: Log-odds of a text in which nothing is known.
        tokenizer: Settings of the tokeniser and the features.
        calibration: How weights and intercept were calibrated, and how well: already in the weights.
        reference: Histograms of the training reviews, to measure drift against: `edges` (9) and `shares` (10) each.
        training: Summary of the run: hyperparameters, counts, hash of the data, window.
    """

    ngrams: dict[str, float]
    lexicon: dict[str, tuple[float, int]]
    values: dict[str, float]
    intercept: float
    tokenizer: dict[str, Any]
    calibration: dict[str, Any]
    reference: dict[str, dict[str, list[float]]]
    training: dict[str, Any]


def dump(artifact: Artifact) -> bytes:
    """Return the artifact's bytes: the same for the same artifact, on every machine and day."""
    ngrams = sorted(artifact.ngrams)
    words = sorted(artifact.lexicon)
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "ngrams": "\n".join(ngrams),
        "weights": [artifact.ngrams[ngram] for ngram in ngrams],
        "lexicon": {
            "words": "\n".join(words),
            "valences": [artifact.lexicon[word][0] for word in words],
            "polarities": [artifact.lexicon[word][1] for word in words],
        },
        "values": artifact.values,
        "intercept": artifact.intercept,
        "tokenizer": artifact.tokenizer,
        "calibration": artifact.calibration,
        "reference": artifact.reference,
        "training": artifact.training,
    }
    text = json.dumps(document, separators=(",", ":"), sort_keys=True, allow_nan=False)
    packer = zlib.compressobj(
        9, wbits=16 + zlib.MAX_WBITS
    )  # gzip, with neither a time nor a name in its head
    return packer.compress(text.encode()) + packer.flush()


def load(data: bytes, sha256: str | None = None) -> Artifact:
    """Return the artifact of `dump`'s bytes.

    Args:
        data: The bytes.
        sha256: What the checksum of the bytes must be, in hexadecimal; None to go without.

    Raises:
        ArtifactError: The checksum is another one, the format is unknown, or the data are broken or hostile.
    """
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256.lower():
        raise ArtifactError("the artifact's sha256 is not the expected one")
    try:
        document = json.loads(_unpack(data), parse_constant=_refuse)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ArtifactError("not a sentiment model artifact")
        if document.get("format_version") != FORMAT_VERSION:
            raise ArtifactError(
                f"unknown format version {document.get('format_version')!r}; known: {FORMAT_VERSION}"
            )
        return _artifact(document)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ArtifactError(f"the artifact is broken: {error!r}") from error


def _unpack(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise ArtifactError(f"the artifact is not gzip: {error}") from error
    if len(unpacked) > MAX_BYTES:
        raise ArtifactError(f"the artifact unpacks to more than {MAX_BYTES:,} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise ArtifactError("the artifact is cut off or has something behind its end")
    return unpacked


def _refuse(constant: str) -> float:
    raise ArtifactError(f"{constant} is no weight")


def _artifact(document: dict[str, Any]) -> Artifact:
    lexicon = document["lexicon"]
    valences = zip(_numbers(lexicon["valences"]), _numbers(lexicon["polarities"]), strict=True)
    values = document["values"]
    return Artifact(
        ngrams=_table(document["ngrams"], _numbers(document["weights"])),
        lexicon=_table(lexicon["words"], list(valences)),
        values=dict(zip(values, _numbers(list(values.values())), strict=True)),
        intercept=_numbers([document["intercept"]])[0],
        tokenizer=document["tokenizer"],
        calibration=document["calibration"],
        reference=document["reference"],
        training=document["training"],
    )


def _numbers(numbers: list[Any]) -> list[Any]:
    if not isinstance(numbers, list) or not set(map(type, numbers)) <= {int, float}:
        raise ArtifactError("a weight is no number")
    if not all(map(math.isfinite, numbers)):
        raise ArtifactError("a weight is infinite")
    return numbers


def _table(keys: str, entries: list[Any]) -> dict[str, Any]:
    names = keys.split("\n") if keys else []
    table = dict(zip(names, entries, strict=True))
    if len(table) != len(names):
        raise ArtifactError("an n-gram or a word stands twice")
    return table
