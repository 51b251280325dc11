"""Live: words light up while one types, predicted in the browser."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from frontend import certainty, highlighted_text
from frontend.clients.problems import ProblemError
from frontend.live.language import language
from frontend.resources import overview, packed_model

_FOLDER = Path(__file__).parents[1] / "live"


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_live = st.components.v2.component(
    "live",
    html=_read("live.html"),
    css=_read("live.css") + certainty.STYLE + highlighted_text.STYLE,
    js=_read("scorer.js").replace("export class", "class") + _read("live.js"),  # a component is one module
)


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
    _live(
        key="live",
        data={
            "sha256": production.artifact_sha256,
            "artifact": artifact,
            "language": language(),
            "least_sure": certainty.LEAST_SURE,
            "most_shown": certainty.MOST_SHOWN,
            "shades": {
                "faintest": highlighted_text.FAINTEST,
                "full": highlighted_text.FULL,
                "strong": highlighted_text.STRONG,
            },
        },
    )
    st.caption(f"Model version {production.version}.")
