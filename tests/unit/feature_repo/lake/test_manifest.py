from __future__ import annotations

from dataclasses import replace

from feature_repo.lake.manifest import IngestCounts

ONE = IngestCounts(kept=5, duplicate=2, quarantined=1, set_aside={"three stars": 4}, changed=True)
OTHER = IngestCounts(kept=1, set_aside={"no time": 2, "three stars": 3})


def test_every_row_read_is_counted_once() -> None:
    assert ONE.read == 12


def test_counts_add_up_by_reason() -> None:
    both = ONE + OTHER
    assert both.read == ONE.read + OTHER.read
    assert both == IngestCounts(
        kept=6, duplicate=2, quarantined=1, set_aside={"no time": 2, "three stars": 7}, changed=True
    )


def test_a_manifest_gives_the_counts_back() -> None:
    assert IngestCounts.from_dict(ONE.to_dict()) == replace(ONE, changed=False)
