"""Try it: a review, its label, the words that decided, and thumbs."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import streamlit as st

from frontend import certainty
from frontend.clients.problems import ProblemError
from frontend.highlighted_text import OTHERS, OTHERS_WITH_PRODUCT, explained, highlighted
from frontend.resources import api, example_texts, visit
from sentiment.schemas.api import MAX_TEXT

if TYPE_CHECKING:
    from frontend.visit import Asked
    from sentiment.schemas.api import Verdict

EXCERPT = 80
PRODUCT_STATS = {
    "used": "The product's other reviews moved the probability a little.",
    "unknown": "No other review of this product is known.",
    "unavailable": "The product's other reviews could not be read; the text alone decided.",
}


def page() -> None:
    """Show the page."""
    st.title("Try it")
    st.write("Type a review, or take a real one.")
    st.button("Take an example", icon=":material/casino:", on_click=_take_example)
    with st.form("review", border=False):
        text = st.text_area("Review", key="text", max_chars=MAX_TEXT, height=140)
        product_id = st.text_input("Product id (optional)", key="product_id", max_chars=128)
        sent = st.form_submit_button("Predict", type="primary")
    if sent:
        _predict(text, product_id.strip() or None)
    if problem := st.session_state.get("problem"):
        st.error(problem, icon=":material/error:")
    asked = visit().asked
    if asked:
        _show(asked[0])
    if len(asked) > 1:
        _show_earlier(asked[1:])


def _take_example() -> None:
    texts = [text for text in example_texts() if text != st.session_state.get("text")]
    st.session_state.text = random.choice(texts)  # noqa: S311 - no secret
    st.session_state.product_id = ""


def _predict(text: str, product_id: str | None) -> None:
    st.session_state.problem = None
    if not text.strip():
        st.session_state.problem = "There is no review yet: type one, or take an example."
        return
    try:
        with st.spinner("Predicting", show_time=False):
            visit().predict(api(), text, product_id)
    except ProblemError as problem:
        st.session_state.problem = str(problem)


def _show(one: Asked) -> None:
    prediction = one.prediction
    st.header(certainty.in_words(prediction).capitalize())
    st.html(certainty.bar(prediction))
    st.html(highlighted(one.text, prediction.words))
    others = OTHERS_WITH_PRODUCT if prediction.product_stats == "used" else OTHERS
    st.caption(explained(prediction.probability, prediction.words, others))
    known = PRODUCT_STATS.get(prediction.product_stats, "")
    st.caption(f"Model version {prediction.model_version}. {known}")
    _ask(one)


def _ask(one: Asked) -> None:
    """Show the thumbs and the receipt of what was said."""
    verdict_given = one.receipt.verdict if one.receipt else None
    with st.container(horizontal=True, vertical_alignment="center"):
        for verdict, title, icon in (
            ("up", "Right", ":material/thumb_up:"),
            ("down", "Wrong", ":material/thumb_down:"),
        ):
            st.button(
                title,
                icon=icon,
                key=f"{verdict} {one.prediction.prediction_id}",
                type="primary" if verdict_given == verdict else "secondary",
                on_click=_say,
                args=(one, verdict),
            )
        st.markdown(_receipt(one))


def _say(one: Asked, verdict: Verdict) -> None:
    st.session_state.problem = None
    try:
        visit().say(api(), one, verdict)
    except ProblemError as problem:
        st.session_state.problem = f"Your verdict was not counted. {problem}"


def _receipt(one: Asked) -> str:
    receipt = one.receipt
    if receipt is None:
        return "Is that right?"
    changes = f", changed {receipt.revision - 1} times" if receipt.revision > 2 else ""  # noqa: PLR2004
    changed = changes or (", changed once" if receipt.revision > 1 else "")
    return f"Thank you. Counted once: the review is **{receipt.label}**{changed}."


def _show_earlier(earlier: list[Asked]) -> None:
    st.header("Your last predictions")
    st.dataframe(
        {
            "review": [one.text[:EXCERPT] for one in earlier],
            "prediction": [certainty.in_words(one.prediction) for one in earlier],
            "you said": [_SAID[one.receipt.verdict] if one.receipt else "" for one in earlier],
            "model version": [one.prediction.model_version for one in earlier],
        },
        hide_index=True,
    )


_SAID = {"up": "right", "down": "wrong"}
