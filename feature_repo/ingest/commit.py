"""Writing a source to the lake, its manifest last: after a crash, a source without one is unfinished."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feature_repo.ingest.deduplication import select
from feature_repo.lake.keys import index, manifest, quarantine
from feature_repo.lake.manifest import Manifest, objects_by_source, read_manifest, sources_without_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from feature_repo.ingest.spool import Prepared
    from feature_repo.lake.lease import Lease
    from feature_repo.lake.manifest import IngestCounts
    from feature_repo.lake.objects import Lake


def finished(lake: Lake, source: str) -> Manifest | None:
    """Return the manifest of a source, if all of its objects are there; otherwise None."""
    found = read_manifest(lake, source)
    return found if found is not None and _complete(found, objects_by_source(lake).get(source, {})) else None


def begun(lake: Lake, source: str) -> bool:
    """Return whether the lake has anything of a source, complete or not."""
    return lake.get(manifest(source)) is not None or source in objects_by_source(lake)


def commit(lake: Lake, lease: Lease, prepared: Prepared, folder: Path) -> IngestCounts:
    """Make the lake hold exactly this source: each text once, and none that another source has.

    The source has no manifest while it changes. Objects that are there already are not written again. Objects of other
    sources without a manifest are removed, but for their indexes: no ingest can still be writing them, as the lease is
    held from before other sources are read until the manifest is written. Temporary files go to `folder`.

    Raises:
        IngestConflictError: Another ingest has taken the lease.
        LakeError: S3 does not answer, or refuses.
    """
    objects, made = select(lake, prepared, folder)
    before = read_manifest(lake, prepared.source)
    by_source = objects_by_source(lake)
    there = by_source.pop(prepared.source, {})
    lease.check()
    for abandoned in sorted(sources_without_manifest(lake, by_source)):
        lake.delete({*by_source[abandoned], quarantine(abandoned)} - {index(abandoned)})
    if before is not None and before.to_json() == made.to_json() and _complete(before, there):
        return made.counts
    have = _there_already(before, there) if before else {}
    new = [one for one in objects if have.get(one.key) != one.sha256]
    gone = {*there, *have} - {one.key for one in objects}
    own = manifest(prepared.source)
    lease.check()
    lake.delete([own])
    lake.put_files([(one.key, one.path) for one in new], before_each=lease.check)
    lease.check()
    lake.delete({*gone, quarantine(prepared.source)} - {one.key for one in objects})
    lease.renew()
    lake.put(own, made.to_json())
    return replace(made.counts, changed=bool(new or gone))


def _there_already(found: Manifest, there: dict[str, int]) -> dict[str, str]:
    """Return key and checksum of the objects of a source that need not be written again."""
    listed = quarantine(found.source)
    return {one.key: one.sha256 for one in found.objects if one.key == listed or there.get(one.key) == one.size}


def _complete(found: Manifest, there: dict[str, int]) -> bool:
    return there == {one.key: one.size for one in found.objects if one.key != quarantine(found.source)}
