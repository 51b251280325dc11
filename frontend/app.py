"""The script that Streamlit runs for each session, at each change: chooses the page."""

from __future__ import annotations

import streamlit as st

from frontend import login
from frontend.app_pages import live, many_reviews, models, quality, retrain, review_queue, try_it

page = st.navigation(
    [
        st.Page(try_it.page, title="Try it", icon=":material/rate_review:", default=True),
        st.Page(live.page, title="Live", icon=":material/bolt:", url_path="live"),
        st.Page(many_reviews.page, title="Many reviews", icon=":material/table_rows:", url_path="many_reviews"),
        st.Page(quality.page, title="Quality", icon=":material/monitoring:", url_path="quality"),
        st.Page(models.page, title="Models", icon=":material/deployed_code:", url_path="models"),
        st.Page(retrain.page, title="Retrain", icon=":material/model_training:", url_path="retrain"),
        st.Page(review_queue.page, title="Review queue", icon=":material/checklist:", url_path="review_queue"),
    ],
    position="top",
)
st.set_page_config(page_title=f"{page.title} - Sentiment Loop", page_icon=":material/sync:", layout="centered")
if login.ask():
    page.run()
