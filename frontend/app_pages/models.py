"""Models: what is in production and why, two versions side by side, the history, and the rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from frontend import certainty, decision, links
from frontend import registry_words as words
from frontend.clients.problems import ProblemError
from frontend.highlighted_text import highlighted
from frontend.resources import overview, registry, scorer, settings, telling_words
from sentiment.schemas.api import MAX_TEXT

if TYPE_CHECKING:
    from frontend.clients.registry import Overview, Version

MOST_ROWS, HISTORY_HEIGHT = 8, 500
"""A history of more rows scrolls in a table of so many pixels, for the rollback stands below it."""
EXAMPLE = "Not bad at all: it arrived late, but it works perfectly."


def page() -> None:
    """Show the page."""
    st.title("Models")
    try:
        with st.spinner("Reading the registry", show_time=False):
            known = overview()
    except ProblemError as problem:
        st.error(str(problem), icon=":material/error:")
        st.button("Try again", icon=":material/refresh:")
        return
    if done := st.session_state.get("models_done"):
        st.success(done, icon=":material/check:")
    if known.production is None:
        st.info("No model is in production yet. The first one comes with the loop.", icon=":material/info:")
    else:
        _show_production(known, known.production)
        _show_words(known.production.version)
    _show_two(known)
    _show_history(known)
    if known.production is not None:
        _show_rollback(known, known.production)


def _show_production(known: Overview, version: Version) -> None:
    st.header(f"In production: version {version.version}")
    st.text(words.why(version))
    st.table(words.metrics(known))
    count = f"{known.decision.held_out:,}" if known.decision else "the"
    differences = " Only the differences of F1 and macro-F1 have an interval." if known.compared_with else ""
    st.caption(f"Measured on {count} held-out reviews, which no version was trained on.{differences}")
    if known.decision and (intervals := known.decision.intervals()):
        from frontend import decision_chart  # noqa: PLC0415 - altair takes half a second

        st.altair_chart(decision_chart.chart(intervals), width="stretch")
        st.caption(decision.in_words(known.decision))
    with st.expander("Where it comes from", icon=":material/account_tree:"):
        st.table(words.facts(version))
    with st.container(horizontal=True):
        if address := links.mlflow_version(settings().mlflow_url or settings().mlflow_tracking_uri, version.version):
            st.link_button("Open it in MLflow", address, icon=":material/open_in_new:")
        if address := links.airflow_dag(settings().airflow_url):
            st.link_button("Open the retraining in Airflow", address, icon=":material/open_in_new:")


def _show_words(version: str) -> None:
    st.header("Words with the largest weights")
    try:
        with st.spinner("Reading the model", show_time=False):
            positive, negative = telling_words(version)
    except ProblemError as problem:
        st.error(str(problem), icon=":material/error:")
        return
    left, right = st.columns(2)
    left.markdown("**Speak for positive**")
    left.table(words.weights(positive))
    right.markdown("**Speak for negative**")
    right.table(words.weights(negative))
    st.caption("By how much each word alone moves the log-odds of positive: +0.7 doubles the odds.")


def _show_two(known: Overview) -> None:
    st.header("Two versions side by side")
    versions = [*known.served, *known.rejected]
    if not versions:
        st.caption("There is no version to compare yet.")
        return
    never = set(known.rejected)
    with st.form("two", border=False):
        text = st.text_area("Review", EXAMPLE, key="models_text", max_chars=MAX_TEXT, height=100)
        left, right = st.columns(2)
        chosen = [
            side.selectbox(
                title,
                versions,
                index=min(place, len(versions) - 1),
                format_func=lambda one: f"version {one} (never served)" if one in never else f"version {one}",
            )
            for place, (side, title) in enumerate(((left, "One version"), (right, "Another version")))
        ]
        sent = st.form_submit_button("Predict with both", type="primary")
    if not sent:
        return
    if not text.strip():
        st.error("There is no review yet: type one.", icon=":material/error:")
        return
    for side, version in zip(st.columns(2), chosen, strict=True):
        with side:
            _show_one(text, version)


def _show_one(text: str, version: str) -> None:
    st.markdown(f"**Version {version}**")
    try:
        with st.spinner("Loading the model", show_time=False):
            prediction = scorer(version).predict(text)
    except ProblemError as problem:
        st.error(str(problem), icon=":material/error:")
        return
    st.write(certainty.in_words(prediction).capitalize())
    st.html(certainty.bar(prediction))
    st.html(highlighted(text, prediction.words))


def _show_history(known: Overview) -> None:
    st.header("History")
    quiet = st.checkbox("Also retrainings that failed or had nothing to do", key="models_quiet")
    table = words.history(known.events, quiet=quiet)
    if not table["what"]:
        st.caption("Nothing has happened yet.")
        return
    st.table(table, height=HISTORY_HEIGHT if len(table["what"]) > MOST_ROWS else "content", hide_index=True)


def _show_rollback(known: Overview, version: Version) -> None:
    st.header("Roll back")
    others = [one for one in known.served if one != version.version]
    if not others:
        st.caption(f"Version {version.version} is the first: there is none to roll back to.")
        return
    before = version.previous if version.previous in others else others[0]
    st.write("Serve an earlier version again, at once and without the gate.")
    to = st.selectbox("Version to serve", others, index=others.index(before), format_func=lambda one: f"version {one}")
    st.button(f"Roll back to version {to}", icon=":material/undo:", on_click=_ask, args=(version, to))
    if asked := st.session_state.get("models_asked"):
        _confirm(*asked)


def _ask(version: Version, to: str) -> None:
    st.session_state.models_asked = version, to
    st.session_state.models_done = None


def _close() -> None:
    st.session_state.models_asked = None


@st.dialog("Roll back?", on_dismiss=_close)
def _confirm(version: Version, to: str) -> None:
    st.write(f"Version {version.version} is in production. Serve version {to} instead? The API does within 30 seconds.")
    why = st.text_input("Why (optional; kept in the history)", max_chars=words.MOST_WHY)
    with st.container(horizontal=True):
        sure = st.button(f"Serve version {to}", type="primary")
        if st.button("Cancel"):
            _close()
            st.rerun()
    if not sure:
        return
    if not st.session_state.get("models_done"):  # a double click asks once
        try:
            with st.spinner("Rolling back", show_time=False):
                done = registry().roll_back(leaving=version.version, to=to, why=why)
        except ProblemError as problem:
            overview.clear()
            st.error(str(problem), icon=":material/error:")
            return
        st.session_state.models_done = done
    _close()
    overview.clear()
    st.rerun()
