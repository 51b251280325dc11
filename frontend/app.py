"""The script that Streamlit runs for each session, at each change: chooses the page."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import streamlit as st

from frontend import login

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage


def _page(name: str, title: str, icon: str) -> StreamlitPage:
    """Return a page, whose module is imported when somebody opens it: charts alone take two seconds."""

    def show() -> None:
        import_module(f"frontend.app_pages.{name}").page()

    return st.Page(show, title=title, icon=f":material/{icon}:", url_path=name, default=name == "try_it")


page = st.navigation(
    [
        _page("try_it", "Try it", "rate_review"),
        _page("live", "Live", "bolt"),
        _page("many_reviews", "Many reviews", "table_rows"),
        _page("quality", "Quality", "monitoring"),
        _page("models", "Models", "deployed_code"),
        _page("retrain", "Retrain", "model_training"),
        _page("review_queue", "Review queue", "checklist"),
    ],
    position="top",
)
st.set_page_config(page_title=f"{page.title} - Sentiment Loop", page_icon=":material/sync:", layout="centered")
if login.ask():
    page.run()
