"""Releases are downloaded from a file server on loopback, checked, and unpacked completely or not at all."""

from __future__ import annotations

import functools
import hashlib
import io
import platform
import re
import socket
import socketserver
import tarfile
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest

from local.monitoring import releases
from local.monitoring.releases import Release
from local.monitoring.servers import INSTALLED
from local.monitoring.unavailable import UnavailableError, UnreachableError
from local.terminal import Step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAM = b"#!/bin/sh\necho prometheus 9.9\n"
STEP = Step("Install Prometheus", 1)


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[str]:
    """Run a server for the body. Yields its address."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def archive(members: dict[str, bytes | None]) -> bytes:
    """A release archive; a member without content is a link to a file outside of it."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as files:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            member.size = len(content or b"")
            files.addfile(member, io.BytesIO(content or b""))
    return written.getvalue()


class Pinned(NamedTuple):
    """Where archives are served from, and the folder that they are downloaded to."""

    base_url: str
    served: Path
    programs_dir: Path

    def pin(self, content: bytes, monkeypatch: pytest.MonkeyPatch, *, sent: bytes | None = None) -> None:
        """Pin a release with this content, and serve it, or what is `sent` instead."""
        system = releases.this_system()
        sums = {system: hashlib.sha256(content).hexdigest()}
        release = Release("prometheus", "9.9", ("prometheus", "promtool"), sums)
        monkeypatch.setattr(releases, "RELEASES", {"prometheus": release})
        path = self.served / release.url("", system).lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if sent is None else sent)

    def download(self) -> None:
        releases.download("prometheus", self.programs_dir, base_url=self.base_url, step=STEP)

    def left(self) -> set[str]:
        """What is in the folder besides its lock."""
        return {path.name for path in self.programs_dir.iterdir()} - {"lock"}


@pytest.fixture
def pinned(tmp_path: Path) -> Iterator[Pinned]:
    served = tmp_path / "served"
    served.mkdir()
    handler = functools.partial(QuietFiles, directory=str(served))
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as base_url:
        yield Pinned(base_url, served, tmp_path / "programs")


def whole() -> bytes:
    folder = f"prometheus-9.9.{releases.this_system()}"
    return archive({f"{folder}/prometheus": PROGRAM, f"{folder}/promtool": b"tool", f"{folder}/LICENSE": b"text"})


def test_a_release_is_unpacked_and_found(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned.pin(whole(), monkeypatch)
    leftover = pinned.programs_dir / ".download-of-a-killed-run"
    leftover.mkdir(parents=True)

    for _ in range(2):
        pinned.download()

    found = releases.find("prometheus", pinned.programs_dir)
    assert found is not None
    assert found.read_bytes() == PROGRAM
    assert found.stat().st_mode & 0o111
    assert releases.find("promtool", pinned.programs_dir) == found.with_name("promtool")
    assert {path.name for path in found.parent.iterdir()} == {"prometheus", "promtool"}
    assert pinned.left() == {found.parent.name}


@pytest.mark.parametrize("kind", ["another", "half"])
def test_what_is_not_the_pinned_release_is_thrown_away(
    pinned: Pinned, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    good = whole()
    pinned.pin(good, monkeypatch, sent=b"an archive of somebody else" if kind == "another" else good[: len(good) // 2])

    with pytest.raises(UnavailableError, match=f"sha256 [0-9a-f]+, the release has {hashlib.sha256(good).hexdigest()}"):
        pinned.download()

    assert pinned.left() == set()
    pinned.pin(good, monkeypatch)
    pinned.download()
    assert releases.find("prometheus", pinned.programs_dir) is not None


def test_a_connection_that_breaks_leaves_nothing(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaks(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + whole()[:50])

    pinned.pin(whole(), monkeypatch)
    with (
        serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Breaks)) as base_url,
        pytest.raises(UnavailableError),
    ):
        pinned._replace(base_url=base_url).download()
    assert pinned.left() == set()


def test_a_server_that_accepts_and_never_answers_times_out(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned.pin(whole(), monkeypatch)
    monkeypatch.setattr(releases, "_SILENCE_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UnreachableError, match="timed out"):
        pinned._replace(base_url=f"http://127.0.0.1:{silent.getsockname()[1]}").download()


def test_a_server_that_sends_a_byte_at_a_time_is_given_up(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = threading.Event()

    class Drips(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
            while not given_up.wait(0.01):
                self.wfile.write(b".")

    pinned.pin(whole(), monkeypatch)
    monkeypatch.setattr(releases, "_DOWNLOAD_S", 0.1)
    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drips)) as base_url:
        try:
            with pytest.raises(UnreachableError, match="did not arrive within"):
                pinned._replace(base_url=base_url).download()
        finally:
            given_up.set()


def test_a_release_that_was_removed_is_named(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned.pin(whole(), monkeypatch)
    with pytest.raises(UnavailableError, match=r"mirror/prometheus/.*\.tar\.gz answered 404"):
        pinned._replace(base_url=f"{pinned.base_url}/mirror/").download()


def test_nothing_but_the_programs_leaves_an_archive(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = f"prometheus-9.9.{releases.this_system()}"
    outside = {f"{folder}/../../escaped": b"x", "/tmp/escaped": b"x"}  # noqa: S108 (must not be written)
    pinned.pin(archive({f"{folder}/prometheus": PROGRAM, f"{folder}/promtool": None, **outside}), monkeypatch)

    with pytest.raises(UnavailableError, match=r"prometheus 9\.9 has no promtool"):
        pinned.download()

    assert pinned.left() == set()
    assert not (pinned.programs_dir.parent / "escaped").exists()


def test_a_system_without_a_known_checksum_downloads_nothing(pinned: Pinned, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned.pin(whole(), monkeypatch)
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(UnavailableError, match=r"no release of prometheus is pinned for \w+-riscv64"):
        pinned.download()
    assert not pinned.programs_dir.exists()


def test_every_server_that_is_installed_is_pinned_for_linux() -> None:
    assert set(releases.RELEASES) == {server.name for server in INSTALLED}
    for name, release in releases.RELEASES.items():
        assert set(release.sha256) >= {"linux-amd64", "linux-arm64"}
        assert all(re.fullmatch("[0-9a-f]{64}", pinned) for pinned in release.sha256.values())
        assert release.programs[0] == name
