"""The script that Streamlit runs for each session, at each change: chooses the page."""

from __future__ import annotations

import streamlit as st

from frontend.app_pages import try_it

st.set_page_config(page_title="Sentiment Loop", page_icon=":material/sync:", layout="centered")
st.navigation(
    [st.Page(try_it.page, title="Try it", icon=":material/rate_review:", default=True)],
    position="top",
).run()
