"""Many reviews: a file of them, predicted in the background, and what came out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from frontend.clients.problems import ProblemError
from frontend.many import summary
from frontend.many.job import UNREAD_KEPT
from frontend.many.places import places
from frontend.many.rows import Text
from frontend.many.upload import MAX_MB
from frontend.resources import api, current_file, forget
from sentiment.reviews.reading import Columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from frontend.many.job import Job
    from frontend.many.rows import Row

PROBLEM, QUOTED, UPLOADS = "many_problem", "many_quoted", "many_uploads"
"""Keys of the session: a problem to show, what it quotes of the file, and how many files there were."""


def page() -> None:
    """Show the page."""
    st.title("Many reviews")
    job = current_file().job
    if job is None:
        _take_file()
    elif job.progress.state == "ready":
        _choose(job)
    elif job.progress.state == "running":
        _show_progress()
    else:
        _show_end(job)


def _take_file() -> None:
    st.write(
        "Upload a file of reviews. CSV, tab-separated, JSON, JSON lines, Parquet and Excel files are read, also "
        "compressed; a column of texts is enough."
    )
    number = st.session_state.get(UPLOADS, 0)
    uploaded = st.file_uploader("File of reviews", key=f"many_file_{number}", max_upload_size=MAX_MB)
    _show_problem()
    if uploaded is None:
        return
    _forget_problem()
    try:
        with st.spinner("Looking at the file", show_time=False):
            current_file().take(uploaded, api(), places(), _present())
    except ProblemError as problem:
        st.session_state[PROBLEM], st.session_state[QUOTED] = "This file cannot be used.", str(problem)
    finally:
        forget(uploaded)
    st.session_state[UPLOADS] = number + 1  # an uploader with another key is empty
    st.rerun()


def _present() -> Callable[[], bool]:
    """Return what says whether this session's window is still open."""
    context = get_script_run_ctx()
    session_id = context.session_id if context else ""
    return lambda: runtime.exists() and runtime.get_instance().is_active_session(session_id)


def _choose(job: Job) -> None:
    """Show how the file will be read, let people correct it, and start."""
    seen = job.upload.preview()
    names = list(dict.fromkeys(filter(None, seen.names)))
    columns = None
    first = seen.first
    st.write("This is how your file is read. Its first reviews:" if not names else "Check how your file is read.")
    if names:
        if seen.doubt:
            st.warning("It is not certain which column holds the texts. Choose it.", icon=":material/help:")
        at = names.index(seen.text) if seen.text in names else None
        text = st.selectbox("Column of the texts", names, index=at, placeholder="Choose a column")
        titles = ["", *names]
        title = st.selectbox(
            "Column of the titles", titles, index=titles.index(seen.title), format_func=lambda name: name or "No title"
        )
        columns = None if text is None else Columns(text_column=text, title_column="" if title == text else title)
    if columns is not None:
        try:
            first = job.upload.preview(columns).first
        except ProblemError as problem:
            first = ()
            st.error("With these columns, the file cannot be read.", icon=":material/error:")
            st.text(str(problem))
    _show_first(first)
    with st.container(horizontal=True):
        st.button(
            "Predict all",
            type="primary",
            disabled=bool(names) and columns is None,
            on_click=_or_problem,
            args=(lambda: job.start(columns),),
        )
        _offer_another()
    _show_problem()


def _show_first(first: Iterable[Row]) -> None:
    rows = list(first)
    if rows:
        st.dataframe(
            {
                "row": [row.number for row in rows],
                "review": [row.text[: summary.EXCERPT] if isinstance(row, Text) else "" for row in rows],
                "problem": ["" if isinstance(row, Text) else row.reason for row in rows],
            },
            hide_index=True,
        )
    else:
        st.write("The first rows will be shown here.")


@st.fragment(run_every=1.0)
def _show_progress() -> None:
    job = current_file().job
    if job is None or job.progress.state != "running":
        st.rerun()
    progress = job.progress
    st.progress(progress.done / progress.rows if progress.rows else 0.0, text=summary.how_far(progress))
    if waits := summary.why_it_waits(progress):
        st.info(waits, icon=":material/hourglass:")
    st.button("Cancel", icon=":material/cancel:", on_click=job.cancel, disabled=job.is_cancelling)
    st.caption("You can use the other pages meanwhile. If you close this window, the predictions end.")


def _show_end(job: Job) -> None:
    progress = job.progress
    rest = summary.what_is_left(progress)
    if progress.state == "done":
        st.success("Every row of your file was read.", icon=":material/check:")
    elif progress.state == "cancelled":
        st.info(f"You cancelled the predictions. {rest}", icon=":material/cancel:")
    else:
        st.error(f"The predictions stopped. {progress.problem} {rest}", icon=":material/error:")
    with st.container(horizontal=True):
        if progress.state != "done":
            st.button("Go on", type="primary", on_click=_or_problem, args=(job.go_on,))
        _offer_another()
    _show_problem()
    if len(job.results):
        _show_results(job)


def _show_results(job: Job) -> None:
    progress = job.progress
    st.header("Outcomes")
    st.write(summary.in_words(progress))
    st.altair_chart(summary.chart(progress), width="stretch")
    with st.container(horizontal=True):
        for title, name, mime, make in (
            ("CSV", "predictions.csv", "text/csv", job.results.as_csv),
            ("JSON lines", "predictions.jsonl", "application/jsonl", job.results.as_json_lines),
            ("Parquet", "predictions.parquet", "application/vnd.apache.parquet", job.results.as_parquet),
        ):
            st.download_button(
                f"Download {title}", make, name, mime, icon=":material/download:", on_click="ignore", key=f"many_{name}"
            )
    st.header("Results")
    pages = job.results.pages
    number = st.number_input(f"Page of the table, 1 to {pages:,}", 1, pages) if pages > 1 else 1
    st.dataframe(summary.table(job.results.page(number)), hide_index=True)
    if progress.first_unread:
        st.header("Rows that could not be predicted")
        if progress.unread > len(progress.first_unread):
            st.write(f"The first {UNREAD_KEPT} of {progress.unread:,}; the files to download have all.")
        st.dataframe(
            {
                "row": [row.number for row in progress.first_unread],
                "line of the file": [str(row.line) if row.line else "not known" for row in progress.first_unread],
                "reason": [row.reason for row in progress.first_unread],
            },
            hide_index=True,
        )


def _offer_another() -> None:
    st.button("Take another file", icon=":material/upload_file:", on_click=_clear)


def _clear() -> None:
    _forget_problem()
    current_file().clear()


def _or_problem(do: Callable[[], None]) -> None:
    """Do something, and remember the problem if it cannot be done."""
    _forget_problem()
    try:
        do()
    except ProblemError as problem:
        st.session_state[PROBLEM] = str(problem)


def _forget_problem() -> None:
    st.session_state[PROBLEM] = st.session_state[QUOTED] = ""


def _show_problem() -> None:
    if problem := st.session_state.get(PROBLEM):
        st.error(problem, icon=":material/error:")
    if quoted := st.session_state.get(QUOTED):
        st.text(quoted)  # may quote the file, so it is no Markdown
