"""Retrain: start a retraining run, see each step end, and what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from frontend import decision, links
from frontend import retraining as words
from frontend.clients.problems import ProblemError
from frontend.quantities import minute
from frontend.resources import planned_steps, retrain_function, retraining, settings
from sentiment.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from frontend.clients.retrain import Progress, Started
    from frontend.clients.retrainings import Retraining, StepOutcome
    from frontend.decision import Decision

EVERY_S = 2.0


def page() -> None:
    """Show the page."""
    st.title("Retrain")
    st.write(
        "A retraining trains a candidate on the newest reviews and labels. The candidate is served only if it passes "
        "the gate: on the same held-out reviews its F1 is at least production's, and no other rule finds it worse."
    )
    answered = _show_start()
    try:
        with st.spinner("Asking Airflow", show_time=False):
            progress = retrain_function().progress(st.session_state.get("retrain_run"))
    except ProblemError as problem:
        st.error(str(problem), icon=":material/error:")
        st.button("Try again", icon=":material/refresh:", on_click=_forget_run)
        return
    _show_answer(answered, progress)
    if progress is None:
        st.info("There has been no retraining yet. The page Models shows the first model.", icon=":material/info:")
    elif progress.active:
        st.header("The retraining that runs now")
        st.session_state.retrain_progress = progress
        st.fragment(_follow, run_every=EVERY_S)(progress.run_id)
    else:
        st.header("The last retraining")
        _show_ended(progress)


def _show_start() -> DeltaGenerator:
    """Show the button, and return the place of the answer to it."""
    with st.form("start", border=False):
        force = st.checkbox(
            "Train even if nothing is new, and do not wait for the cooldown",
            help="One retraining runs at a time all the same.",
        )
        sent = st.form_submit_button("Start a retraining", type="primary", icon=":material/model_training:")
    if sent:
        _start(force=force)
    answered = st.empty()
    if problem := st.session_state.get("retrain_problem"):
        st.error(f"No retraining was started. {problem}", icon=":material/error:")
    return answered


def _show_answer(place: DeltaGenerator, progress: Progress | None) -> None:
    """Show what was answered, unless the run that it is about has ended since."""
    answer: Started | None = st.session_state.get("retrain_answer")
    if answer and (answer.state == "cooling_down" or (progress and progress.active)):
        place.info(words.answer_in_words(answer), icon=":material/info:")


def _start(*, force: bool) -> None:
    before: Started | None = st.session_state.pop("retrain_answer", None)
    st.session_state.retrain_problem = None
    try:
        with st.spinner("Asking Airflow", show_time=False):
            answer = retrain_function().start(force=force)
    except ProblemError as problem:
        st.session_state.retrain_problem = str(problem)
    else:
        st.session_state.retrain_run = answer.run_id
        own = before and (before.run_id, before.state, answer.state) == (answer.run_id, "started", "running")
        st.session_state.retrain_answer = before if own else answer  # a double click is told what the first one did


def _forget_run() -> None:
    """Ask for the newest run the next time: Airflow may have forgotten the one that was followed."""
    st.session_state.pop("retrain_run", None)


def _follow(run_id: str) -> None:
    """Show how far an active run is. Called again by itself until the run is over."""
    progress: Progress | None = st.session_state.pop("retrain_progress", None)
    if progress is None:
        try:
            progress = retrain_function().progress(run_id)
        except ProblemError as problem:
            st.warning(f"{problem} The retraining goes on, and this page asks again.", icon=":material/warning:")
            return
        if progress is None or not progress.active:
            st.rerun()
    share, doing = words.share_done(planned_steps(), progress)
    st.progress(share, text=doing)
    _show_steps(planned_steps(), progress)


def _show_steps(steps: Sequence[StepOutcome], progress: Progress) -> None:
    st.table(words.table(steps, progress, now=utc_now()))
    st.caption(f"Run `{progress.run_id}`, since {minute(progress.began)}.")
    if address := links.airflow_run(settings().airflow_url, progress.run_id):
        st.link_button("Open its logs in Airflow", address, icon=":material/open_in_new:")


def _show_ended(progress: Progress) -> None:
    try:
        run = retraining(progress.run_id, progress.state, progress.began)
    except ProblemError as problem:
        st.error(f"How it ended cannot be read. {problem}", icon=":material/error:")
        st.button("Try again", icon=":material/refresh:")
        _show_steps(planned_steps(), progress)
        return
    callout = st.success if run.promotion == "promoted" else st.error if progress.state == "failed" else st.info
    callout(words.headline(run, progress))
    st.text(words.ending(run, progress))
    if run.decision:
        _show_decision(run.decision, run)
    st.header("Its steps")
    _show_steps(run.steps, progress)
    if run.report:
        st.download_button(
            "Download the report",
            run.report,
            file_name=f"report-{progress.run_id}.html",
            mime="text/html",
            icon=":material/download:",
            on_click="ignore",
            help="What changed between candidate and production: data, sources, words, flipped predictions.",
        )


def _show_decision(decided: Decision, run: Retraining) -> None:
    from frontend import decision_chart  # noqa: PLC0415 - altair takes half a second

    intervals = decided.intervals()
    candidate = f"version {run.candidate}"
    other = f"version {run.production}" if run.production else "no model before it"
    st.header("What the gate decided")
    st.caption(f"The candidate is {candidate}; in production was {other}.")
    if intervals:
        st.altair_chart(decision_chart.chart(intervals), width="stretch")
        st.caption(decision.in_words(decided))
    st.table(decision.rules(decided))
