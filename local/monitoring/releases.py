"""Downloads servers from their project's release archives, pinned by version and sha256."""

from __future__ import annotations

import hashlib
import http.client
import os
import platform
import shutil
import tarfile
import tempfile
import time
import urllib.error
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.http_client import opener
from local.lock import exclusive
from local.monitoring.unavailable import UnavailableError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.terminal import Step

_PROCESSORS = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_SILENCE_S = 10.0
"""How long the server of the archives may send nothing."""
_DOWNLOAD_S = 600.0
_CHUNK = 1 << 18


@dataclass(frozen=True)
class Release:
    """A release of one project of github.com/prometheus, for the systems whose archives have a known sha256."""

    project: str
    version: str
    programs: tuple[str, ...]
    sha256: Mapping[str, str]

    def folder(self, system: str) -> str:
        """The folder in the archive, after which the archive is named."""
        return f"{self.project}-{self.version}.{system}"

    def url(self, base: str, system: str) -> str:
        """The address of the archive below that of GitHub or a mirror."""
        path = f"prometheus/{self.project}/releases/download/v{self.version}/{self.folder(system)}.tar.gz"
        return f"{base.rstrip('/')}/{path}"


# Where each sum was found: docs/decisions/0054-servers-from-where.md
RELEASES = {
    "prometheus": Release(
        "prometheus",
        "3.5.0",
        ("prometheus", "promtool"),
        {
            "linux-amd64": "e811827af26d822afb09a4f28314f61b618b12cff5369835a67f674d8b46f39a",
            "linux-arm64": "173389cc42bf09c4e6e54cb53fa07a5a835d7c261e14775d2183181d6e385d1c",
            "darwin-amd64": "5856d0c306e7d852d9a79788b20acb630501b3fab120b69f5317d6b0732dea57",
            "darwin-arm64": "c17bc2c992f0b5515eebe2b4ccd626214f8e309a0fe6ec40ed13c42ec13d05fb",
        },
    ),
    "alertmanager": Release(
        "alertmanager",
        "0.28.1",
        ("alertmanager", "amtool"),
        {
            "linux-amd64": "5ac7ab5e4b8ee5ce4d8fb0988f9cb275efcc3f181b4b408179fafee121693311",
            "linux-arm64": "d8832540e5b9f613d2fd759e31d603173b9c61cc7bb5e3bc7ae2f12038b1ce4f",
            "darwin-arm64": "6ad077f9de99fe96843a68313f19dd2dbc1e8929135293e48bb10824bd6b4df4",
        },
    ),
    "pushgateway": Release(
        "pushgateway",
        "1.11.1",
        ("pushgateway",),
        {
            "linux-amd64": "6ce6ffab84d0d71195036326640295c02165462abd12b8092b0fa93188f5ee37",
            "linux-arm64": "b6dc1c1c46d1137e5eda253f6291247e39330d3065a839857b947e59b4f3e64b",
        },
    ),
    "node_exporter": Release(
        "node_exporter",
        "1.9.1",
        ("node_exporter",),
        {
            "linux-amd64": "becb950ee80daa8ae7331d77966d94a611af79ad0d3307380907e0ec08f5b4e8",
            "linux-arm64": "848f139986f63232ced83babe3cad1679efdbb26c694737edc1f4fbd27b96203",
        },
    ),
}
"""By the name of the server."""


def this_system() -> str:
    """The name that release archives have for this system and processor."""
    machine = platform.machine().lower()
    return f"{platform.system().lower()}-{_PROCESSORS.get(machine, machine)}"


def find(program: str, folder: Path) -> Path | None:
    """A program that `download` has put into the folder."""
    places = (folder / release.folder(this_system()) / program for release in RELEASES.values())
    return next((place for place in places if place.is_file()), None)


def download(server: str, folder: Path, *, base_url: str, step: Step) -> None:
    """Download a server's release, and unpack its programs into the folder, completely or not at all.

    Raises:
        UnreachableError: The server of the archives does not answer.
        UnavailableError: There is no archive for this system, or what was sent is not the pinned one.
        LocalError: Another loop is downloading into the folder.
    """
    release, system = RELEASES[server], this_system()
    expected = release.sha256.get(system)
    if expected is None:
        raise UnavailableError(f"no release of {server} is pinned for {system}")
    with exclusive(folder, "make up"):
        target = folder / release.folder(system)
        if target.exists():
            return
        for leftover in folder.glob(".download-*"):  # of a run that was killed
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch:
            archive, unpacked = Path(scratch, "archive"), Path(scratch, "unpacked")
            _fetch(release.url(base_url, system), archive, expected, step)
            unpacked.mkdir()
            _unpack(archive, unpacked, release, system)
            unpacked.rename(target)


def _fetch(url: str, archive: Path, expected: str, step: Step) -> None:
    digest, received, began = hashlib.sha256(), 0, time.monotonic()
    with _problems_named(url):
        answer = opener(url).open(url, timeout=_SILENCE_S)
    with answer, archive.open("wb") as file:
        while True:
            with _problems_named(url):
                chunk = answer.read1(_CHUNK)  # not `read`, which waits for a whole chunk, however slowly it comes
            if not chunk:
                break
            if time.monotonic() - began > _DOWNLOAD_S:
                raise UnreachableError(f"{url} did not arrive within {_DOWNLOAD_S:.0f} s")
            file.write(chunk)
            digest.update(chunk)
            received += len(chunk)
            step.detail = f"{url.rpartition('/')[2]}: {received / 1e6:.0f} MB"
    if digest.hexdigest() != expected:
        raise UnavailableError(f"what {url} sent has the sha256 {digest.hexdigest()}, the release has {expected}")


@contextmanager
def _problems_named(url: str) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise UnavailableError(f"{url} answered {error.code}") from error
    except (http.client.HTTPException, OSError) as error:
        raise UnreachableError(
            f"no answer from {urlsplit(url).hostname} ({getattr(error, 'reason', error)})"
        ) from error


def _unpack(archive: Path, into: Path, release: Release, system: str) -> None:
    """Unpack the programs and nothing else."""
    with tarfile.open(archive, "r:gz") as files:
        members = {member.name: member for member in files if member.isreg()}
        for program in release.programs:
            member = members.get(f"{release.folder(system)}/{program}")
            content = None if member is None else files.extractfile(member)
            if content is None:
                raise UnavailableError(f"the archive of {release.project} {release.version} has no {program}")
            with content, (into / program).open("xb") as file:
                shutil.copyfileobj(content, file)
                file.flush()
                os.fsync(file.fileno())  # so that a power failure leaves no program that is cut short
            (into / program).chmod(0o755)
