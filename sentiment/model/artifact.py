"""The artifact: the model as data, which training exports and serving loads. Gzipped JSON; standard library only."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any, NamedTuple

from sentiment.model import features
from sentiment.model.negation import NEGATION_SCOPE
from sentiment.model.reference import Reference
from sentiment.reviews.product import WEIGHT_LIMITS

FORMAT = "sentiment-model"
FORMAT_VERSION = 3
MAX_BYTES = 64 * 1024 * 1024
"""Largest size after decompression; models are far smaller, decompression bombs are larger."""

MAX_WEIGHT = 1e6
"""Largest absolute weight; a larger one is an error or an attack, and a sum of many could be infinite."""

LEXICONS = 3

TOKENIZER = {"version": features.VERSION, "negation_scope": NEGATION_SCOPE}


class ArtifactError(Exception):
    """The data are not an artifact that can be served; the message says why."""


class Artifact(NamedTuple):
    """A trained model.

    Attributes:
        ngrams: Weight of each n-gram (log-odds of positive before the text's norm): after training, the strongest
            first; after loading, in alphabetical order.
        lexicon: The opinion words that the model was trained with.
        values: Weight of each lexicon value, by name.
        product: Weight of each product value, by name, within `WEIGHT_LIMITS`.
        intercept: Log-odds of a text in which nothing is known.
        tokenizer: The tokens and features that the weights are for; `load` refuses other ones than this program's.
        calibration: How weights and intercept were calibrated; the weights already include it.
        reference: Histograms of the training reviews, to measure drift against: 9 `edges` and 10 `shares` each, fewer
            where deciles coincide; of the `label`, one edge at 0.5.
        training: Summary of the run: hyperparameters, trainer, counts, checksum of the data, window. Artifacts from
            before there was a `trainer` do not have it.
    """

    ngrams: dict[str, float]
    lexicon: features.Lexicon
    values: dict[str, float]
    product: dict[str, float]
    intercept: float
    tokenizer: dict[str, Any]
    calibration: dict[str, Any]
    reference: dict[str, dict[str, list[float]]]
    training: dict[str, Any]


def dump(artifact: Artifact) -> bytes:
    """Return the artifact's bytes: always the same for the same artifact."""
    ngrams = sorted(artifact.ngrams)
    words = sorted(artifact.lexicon.words)
    phrases = sorted((first, second) for first, seconds in artifact.lexicon.phrases.items() for second in seconds)
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "ngrams": "\n".join(ngrams),
        "weights": [artifact.ngrams[ngram] for ngram in ngrams],
        "lexicon": {
            "words": "\n".join(words),
            "valences": [[artifact.lexicon.words[word][i] for word in words] for i in range(LEXICONS)],
            "phrases": "\n".join(map(" ".join, phrases)),
            "phrase_valences": [artifact.lexicon.phrases[first][second] for first, second in phrases],
        },
        "values": artifact.values,
        "product": artifact.product,
        "intercept": artifact.intercept,
        "tokenizer": artifact.tokenizer,
        "calibration": artifact.calibration,
        "reference": artifact.reference,
        "training": artifact.training,
    }
    text = json.dumps(document, separators=(",", ":"), sort_keys=True, allow_nan=False)
    packer = zlib.compressobj(9, wbits=16 + zlib.MAX_WBITS)  # gzip, without time and name in its header
    return packer.compress(text.encode()) + packer.flush()


def load(data: bytes, sha256: str | None = None) -> Artifact:
    """Return the artifact in `dump`'s bytes, whose checksum is compared with `sha256` (hexadecimal) if given.

    Raises:
        ArtifactError: The checksum differs, the format is unknown, or the data are damaged or hostile.
    """
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256.lower():
        raise ArtifactError("the artifact's sha256 differs from the expected one")
    try:
        document = json.loads(_unpack(data), parse_constant=_refuse)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ArtifactError("not a sentiment model artifact")
        if document.get("format_version") != FORMAT_VERSION:
            raise ArtifactError(f"unknown format version {document.get('format_version')!r}; known: {FORMAT_VERSION}")
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
        raise ArtifactError("the artifact is truncated or has data after its end")
    return unpacked


def _refuse(constant: str) -> float:
    raise ArtifactError(f"{constant} is not a weight")


def _artifact(document: dict[str, Any]) -> Artifact:
    if document["tokenizer"] != TOKENIZER:
        raise ArtifactError(f"trained for the tokens {document['tokenizer']!r}; this program has {TOKENIZER!r}")
    values = _object(document["values"])
    if sorted(values) != sorted(features.VALUES):
        raise ArtifactError("the lexicon values are not those of this program")
    return Artifact(
        ngrams=_table(document["ngrams"], _numbers(document["weights"])),
        lexicon=_lexicon(_object(document["lexicon"])),
        values=dict(zip(values, _numbers(list(values.values())), strict=True)),
        product=_product(_object(document["product"])),
        intercept=_numbers([document["intercept"]])[0],
        tokenizer=document["tokenizer"],
        calibration=_object(document["calibration"]),
        reference=_reference(_object(document["reference"])),
        training=_object(document["training"]),
    )


def _lexicon(entries: dict[str, Any]) -> features.Lexicon:
    vader, hu_liu, shopping = map(_numbers, entries["valences"])
    phrases: dict[str, dict[str, float]] = {}
    for phrase, valence in _table(entries["phrases"], _numbers(entries["phrase_valences"])).items():
        first, second = phrase.split(" ")
        phrases.setdefault(first, {})[second] = valence
    words = _table(entries["words"], list(zip(vader, hu_liu, shopping, strict=True)))
    if not phrases.keys() <= words.keys():
        raise ArtifactError("a phrase begins with a token that is not among the words")
    return features.Lexicon(words, phrases)


def _product(weights: dict[str, Any]) -> dict[str, float]:
    if weights.keys() != WEIGHT_LIMITS.keys():
        raise ArtifactError("the product values are not those of this program")
    numbers = dict(zip(weights, _numbers(list(weights.values())), strict=True))
    for name, (low, high) in WEIGHT_LIMITS.items():
        if not low <= numbers[name] <= high:
            raise ArtifactError(f"the weight of {name} is not between {low} and {high}")
    return numbers


def _reference(histograms: dict[str, Any]) -> dict[str, Any]:
    for histogram in histograms.values():
        _numbers([*histogram["edges"], *histogram["shares"]])
    Reference(histograms)
    return histograms


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ArtifactError("a value that must be an object is not one")
    return value


def _numbers(numbers: list[Any]) -> list[float]:
    if not isinstance(numbers, list) or not set(map(type, numbers)) <= {int, float}:
        raise ArtifactError("a weight is not a number")
    if any(abs(number) > MAX_WEIGHT for number in numbers):
        raise ArtifactError(f"a weight is beyond {MAX_WEIGHT:,}")
    return list(map(float, numbers))


def _table(keys: object, entries: list[Any]) -> dict[str, Any]:
    if not isinstance(keys, str):
        raise ArtifactError("n-grams or words are not text")
    names = keys.split("\n") if keys else []
    table = dict(zip(names, entries, strict=True))
    if len(table) != len(names):
        raise ArtifactError("an n-gram or a word occurs twice")
    return table
