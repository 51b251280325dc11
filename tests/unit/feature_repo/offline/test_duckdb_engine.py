"""DuckDB loads its extension from any path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feature_repo.offline import duckdb_engine

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_quote_in_the_path_and_no_home_are_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = duckdb_engine._httpfs(duckdb_engine._backend().version)
    odd = tmp_path / "ann's loop" / packaged.name
    odd.parent.mkdir()
    odd.symlink_to(str(packaged))
    monkeypatch.setattr(duckdb_engine, "_httpfs", lambda _version: odd)
    monkeypatch.delenv("HOME")
    connection = duckdb_engine._backend.__wrapped__().con
    loaded = "SELECT loaded FROM duckdb_extensions() WHERE extension_name = 'httpfs'"
    assert connection.execute(loaded).fetchall() == [(True,)]
