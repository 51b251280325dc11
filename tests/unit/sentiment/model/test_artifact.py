"""An artifact is data: the same bytes for the same model, and nothing broken or hostile is ever served."""

import contextlib
import gzip
import hashlib
import json
import math
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.model.artifact import FORMAT_VERSION, MAX_BYTES, TOKENIZER, Artifact, ArtifactError, dump, load
from sentiment.model.features import VALUES, Lexicon
from sentiment.reviews.product import PRODUCT_VALUES

ARTIFACT = Artifact(
    ngrams={"good": 1.5, "~good": -1.0, "very +": 0.5, "\U0001f600 \ud83d": 0.25},
    lexicon=Lexicon(
        {"good": (1.9, 1.0, 0.0), "bad": (-2.5, -1.0, -1.0), "waste": (0.0, 0.0, 0.0)},
        {"waste": {"of": -3.0, "my": -1.0}},
    ),
    values=dict.fromkeys(VALUES, 0.125),
    product={"product_praise": 0.5, "product_blame": -0.5, "product_stars": 0.25},
    intercept=-0.25,
    tokenizer=TOKENIZER,
    calibration={"method": "platt"},
    reference={"probability": {"edges": [0.5], "shares": [0.5, 0.5]}},
    training={"reviews": 2},
)


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(gzip.decompress(dump(ARTIFACT)))
    return loaded


def packed(changed: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(changed).encode())


def test_a_dumped_artifact_is_loaded_unchanged() -> None:
    data = dump(ARTIFACT)
    assert load(data, hashlib.sha256(data).hexdigest()) == ARTIFACT
    assert load(data) == ARTIFACT


def test_the_same_model_gives_the_same_bytes_whatever_the_order() -> None:
    turned = ARTIFACT._replace(
        ngrams=dict(reversed(ARTIFACT.ngrams.items())), values=dict(reversed(ARTIFACT.values.items()))
    )
    assert dump(turned) == dump(ARTIFACT)


def test_another_checksum_is_refused() -> None:
    with pytest.raises(ArtifactError, match="sha256"):
        load(dump(ARTIFACT), "0" * 64)


def test_a_single_changed_bit_is_refused() -> None:
    data = bytearray(dump(ARTIFACT))
    expected = hashlib.sha256(data).hexdigest()
    data[len(data) // 2] ^= 1
    with pytest.raises(ArtifactError):
        load(bytes(data), expected)


def test_a_format_of_the_future_is_refused_by_its_version() -> None:
    with pytest.raises(ArtifactError, match=rf"version {FORMAT_VERSION + 1}"):
        load(packed({**document(), "format_version": FORMAT_VERSION + 1}))


@pytest.mark.parametrize("version", range(FORMAT_VERSION))
def test_a_format_of_the_past_is_refused_by_its_version(version: int) -> None:
    with pytest.raises(ArtifactError, match=f"version {version}"):
        load(packed({**document(), "format_version": version}))


def test_weights_for_other_tokens_are_refused() -> None:
    with pytest.raises(ArtifactError, match="tokens"):
        load(packed({**document(), "tokenizer": {**TOKENIZER, "negation_scope": 99}}))


def test_a_decompression_bomb_is_refused_before_it_fills_the_memory() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b" " * 2**20) for _ in range(MAX_BYTES // 2**20 + 2)) + packer.flush()
    assert len(bomb) < 200_000
    with pytest.raises(ArtifactError, match="unpacks to more"):
        load(bomb)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"\x1f\x8b", b"PK\x03\x04", dump(ARTIFACT)[:-1], dump(ARTIFACT) + b"x", b"\x80\x04."],
    ids=["empty", "plain", "head", "zip", "cut", "behind", "pickle"],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ArtifactError):
        load(data)


@pytest.mark.parametrize("text", ["[]", "1", "null", '{"format": "sentiment-model"}', "[" * 100_000, '"\\ud800"', "{"])
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ArtifactError):
        load(gzip.compress(text.encode()))


def test_json_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(ArtifactError):
        load(gzip.compress(b'{"format": "\xff"}'))


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("weights", [1.0]),
        ("weights", ["1", "2", "3", "4"]),
        ("weights", [True, True, True, True]),
        ("weights", [1e300, 0, 0, 0]),
        ("weights", [10**400, 0, 0, 0]),
        ("weights", "1234"),
        ("weights", None),
        ("ngrams", "a\na\nb\nc"),
        ("ngrams", 3),
        ("intercept", None),
        ("intercept", True),
        ("intercept", "0"),
        ("values", {}),
        ("values", []),
        ("values", list(VALUES)),
        ("values", {**dict.fromkeys(VALUES, 0.0), "surprise": 1.0}),
        ("product", {}),
        ("product", {"product_praise": 0.5, "product_blame": -0.5}),
        ("product", {"product_praise": -0.5, "product_blame": -0.5, "product_stars": 0.25}),
        ("product", {"product_praise": 0.5, "product_blame": 0.5, "product_stars": 0.25}),
        ("product", {"product_praise": 0.5, "product_blame": -0.5, "product_stars": 3.0}),
        ("product", list(PRODUCT_VALUES)),
        ("lexicon", {}),
        ("lexicon", ["words", "valences", "phrases", "phrase_valences"]),
        ("lexicon", {"words": "a", "valences": [[1], [1]], "phrases": "", "phrase_valences": []}),
        ("lexicon", {"words": "a", "valences": [[1], [1], [1]], "phrases": "one", "phrase_valences": [1]}),
        ("lexicon", {"words": "a", "valences": [[1], [1], [1]], "phrases": "b c", "phrase_valences": [1]}),
        ("training", []),
        ("reference", None),
    ],
)
def test_a_part_that_cannot_be_served_is_refused(part: str, wrong: object) -> None:
    with pytest.raises(ArtifactError):
        load(packed({**document(), part: wrong}))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_weights_must_be_finite_numbers(number: float) -> None:
    with pytest.raises(ValueError, match=r"[Oo]ut of range"):
        dump(ARTIFACT._replace(intercept=number))
    with pytest.raises(ArtifactError):
        load(packed({**document(), "intercept": number}))


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_an_artifact_error(data: bytes) -> None:
    with pytest.raises(ArtifactError):
        load(data)
    with pytest.raises(ArtifactError):
        load(gzip.compress(data))


@given(st.sampled_from(sorted(document())), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_part_of_any_shape_is_loaded_or_refused(part: str, wrong: object) -> None:
    with contextlib.suppress(ArtifactError):
        load(packed({**document(), part: wrong}))
