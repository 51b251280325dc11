"""A frozen dataset is what was frozen, or an error."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from feature_repo.errors import DamagedDatasetError, LakeError
from feature_repo.frame.file import SCHEMA, FrameFile, write_frame
from feature_repo.frame.frozen import FrozenDataset, freeze, open_frozen
from feature_repo.frame.window import Window
from feature_repo.lake.keys import dataset_file, dataset_manifest
from sentiment.reviews.held_out import was_held_out

if TYPE_CHECKING:
    from pathlib import Path

    from feature_repo.lake.objects import Lake

WINDOW = Window(datetime(2026, 8, 25, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))


@pytest.fixture
def file(tmp_path: Path) -> FrameFile:
    row = dict.fromkeys(SCHEMA.names) | {
        "event_timestamp": WINDOW.end,
        "title": "t",
        "text": "fine",
        "source": "s",
        "label": "positive",
        "origin": "stars",
        "weight": 1.0,
        "held_out": False,
    }
    rows = [row | {"review_id": f"{number:032x}"} for number in range(7)]
    batches = pa.Table.from_pylist(rows, schema=SCHEMA).to_batches()
    return write_frame(batches, tmp_path / "f.parquet", feature_service="service", replayed=False)


@pytest.fixture
def frozen(lake: Lake, file: FrameFile) -> FrozenDataset:
    return freeze(lake, file, WINDOW, "service")


def test_examples_can_be_iterated_over_again(frozen: FrozenDataset) -> None:
    examples = frozen.examples()
    assert list(examples) == list(examples)
    assert len(list(examples)) == len(examples) == 7


def test_two_iterations_at_once_are_independent(frozen: FrozenDataset) -> None:
    examples = frozen.examples()
    assert all(one == other for one, other in zip(examples, examples, strict=True))


def test_examples_once_read_need_no_s3(frozen: FrozenDataset, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = frozen.examples()
    first = list(examples)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert list(examples) == first
    with pytest.raises(LakeError):
        list(frozen.examples())


def test_freezing_again_changes_nothing(lake: Lake, file: FrameFile, frozen: FrozenDataset) -> None:
    before = {one.key: one.etag for one in lake.list("datasets/")}
    assert freeze(lake, file, Window(WINDOW.start, datetime(2026, 11, 24, tzinfo=UTC)), "service") == frozen
    assert {one.key: one.etag for one in lake.list("datasets/")} == before


@pytest.mark.parametrize("left", ["nothing", "the rows", "a part of the rows", "a manifest of another format"])
def test_an_interrupted_freeze_is_finished_by_the_next(
    lake: Lake, file: FrameFile, frozen: FrozenDataset, left: str
) -> None:
    content, manifest = lake.get(dataset_file(file.sha256)), lake.get(dataset_manifest(file.sha256))
    assert content
    lake.delete([dataset_manifest(file.sha256), *([dataset_file(file.sha256)] if left == "nothing" else [])])
    if left == "a part of the rows":
        lake.put(dataset_file(file.sha256), content[:100])
    if left == "a manifest of another format":
        lake.put(dataset_manifest(file.sha256), b'{"format": 0}')
    with pytest.raises(DamagedDatasetError):
        open_frozen(frozen.address)
    assert freeze(lake, file, WINDOW, "service") == frozen
    assert (lake.get(dataset_file(file.sha256)), lake.get(dataset_manifest(file.sha256))) == (content, manifest)
    assert len(list(open_frozen(frozen.address).examples())) == 7


@pytest.mark.parametrize("damage", [b"", b"PAR1 something else", None])
def test_a_damaged_or_missing_file_is_never_read(
    lake: Lake, file: FrameFile, frozen: FrozenDataset, damage: bytes | None
) -> None:
    if damage is None:
        lake.delete([dataset_file(file.sha256)])
    else:
        lake.put(dataset_file(file.sha256), damage)
    with pytest.raises(DamagedDatasetError, match="make the frame again"):
        list(open_frozen(frozen.address).examples())


def test_an_address_without_a_dataset_is_an_error(lake: Lake) -> None:
    with pytest.raises(DamagedDatasetError, match="is missing"):
        open_frozen(f"s3://{lake.bucket}/datasets/{'0' * 64}/")
    with pytest.raises(DamagedDatasetError, match="not the address"):
        open_frozen("datasets/abc")


def test_in_a_frame_from_before_sides_were_stored_the_ids_decide(lake: Lake, file: FrameFile) -> None:
    content = io.BytesIO()
    pq.write_table(pq.read_table(file.path).drop_columns(["held_out"]), content)
    sha256 = hashlib.sha256(content.getvalue()).hexdigest()
    frozen = freeze(lake, replace(file, sha256=sha256), WINDOW, "service")
    lake.put(dataset_file(sha256), content.getvalue())
    lake.put(dataset_manifest(sha256), frozen.to_json().replace(b'  "held_out_key": null,\n', b""))
    old = open_frozen(frozen.address)
    assert old.held_out_key is None
    examples = list(old.examples())
    assert [one.held_out for one in examples] == [was_held_out(one.review.review_id) for one in examples]
    assert any(one.held_out for one in examples)
