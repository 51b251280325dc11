"""Live: words light up while one types, predicted in the browser."""

from __future__ import annotations

import streamlit as st

from frontend.clients.problems import ProblemError
from frontend.live import component
from frontend.resources import overview, packed_model

_live = st.components.v2.component("live", html=component.HTML, css=component.STYLE, js=component.SCRIPT)


def page() -> None:
    """Show the page."""
    st.title("Live")
    st.write("Type, and see the words decide. The model runs in your browser: what you type here is sent nowhere.")
    try:
        production = overview().production
        artifact = packed_model(production.version) if production else ""
    except ProblemError as problem:
        st.error(str(problem), icon=":material/error:")
        st.button("Try again", icon=":material/refresh:")
        return
    if production is None:
        st.info("There is no model in production yet.")
        return
    _live(key="live", data=component.data(production.artifact_sha256, artifact))
    st.caption(f"Model version {production.version}.")
