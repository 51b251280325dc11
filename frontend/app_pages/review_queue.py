"""Review queue: reviewers label, by keyboard, what waits for a label."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from frontend.clients.problems import ProblemError
from frontend.quality.figures import production
from frontend.quality.words import labels_left
from frontend.resources import reviewers_api, snapshot, visit
from frontend.review_queue.queue import FEWEST_LEFT, Given, Queue

_FOLDER = Path(__file__).parents[1] / "review_queue"
_labelling = st.components.v2.component(
    "labelling",
    html=(_FOLDER / "labelling.html").read_text(encoding="utf-8"),
    css=(_FOLDER / "labelling.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "labelling.js").read_text(encoding="utf-8"),
)
_KEY = "labelling"


def page() -> None:
    """Show the page."""
    st.title("Review queue")
    if reviewers_api() is None:
        st.info("This application has no reviewers' API key: set REVIEWERS_API_KEY and start it again.")
        return
    st.write(
        "Is the review positive or negative? Labels of random draws measure how good the model is; "
        "all of them teach the next one. You don't see the model's answer, so that it does not influence yours."
    )
    name = st.text_input("Your name", key="reviewer", max_chars=100, help="Only a hash of it is stored.")
    if name.strip():
        visit().reviewer = name.strip()
    if not visit().reviewer:
        st.info("Type your name to begin: every label carries who gave it.")
        return
    _queue()


@st.fragment
def _queue() -> None:
    queue = visit().queue
    if not queue.waiting and not queue.problem:
        _read(queue)
    _labelling(
        key=_KEY,
        data={
            "visit": visit().rater,
            "waiting": [one.model_dump(mode="json", exclude={"created_at"}) for one in queue.waiting],
            "stored": queue.stored,
            "more": queue.more,
        },
        on_sent_change=_store,
    )
    if queue.problem:
        st.error(queue.problem, icon=":material/error:")
    _show_left()
    st.button("Check for new reviews", icon=":material/refresh:", on_click=_read, args=(queue,))


def _show_left() -> None:
    """Show what the labels are for; Prometheus has them a few seconds after the label."""
    try:
        found = production(snapshot())
    except ProblemError as problem:
        st.caption(f"How many labels are left until the next verdict is not known. {problem}")
        return
    if found:
        st.caption(labels_left(found))


def _read(queue: Queue) -> None:
    if api := reviewers_api():
        queue.read(api)


def _store() -> None:
    """Store what the browser sent, and read on before the reviewer has to wait."""
    api, queue, sent = reviewers_api(), visit().queue, st.session_state[_KEY]["sent"]
    if api is None or not sent:
        return
    queue.store(api, [Given(*one) for one in sent["labels"]], visit().reviewer)
    if sent["left"] < FEWEST_LEFT and not queue.problem:
        queue.read(api)
