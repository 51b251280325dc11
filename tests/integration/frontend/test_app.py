"""The application: what everybody sees before any page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

import frontend
from frontend import resources as shared

if TYPE_CHECKING:
    import pytest


def test_beyond_this_machine_no_page_is_shown_without_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("API_KEY", "key")
    monkeypatch.setenv("FRONTEND_HOSTS", "loop.example.org")
    shared.settings.clear()
    app = AppTest.from_file(Path(frontend.__file__).with_name("app.py"), default_timeout=30).run()
    shared.settings.clear()

    assert not app.exception
    assert "no login is set up" in app.error[0].value
    assert not app.text_area
