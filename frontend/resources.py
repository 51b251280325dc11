"""What all sessions of the server share, and what each session keeps."""

from __future__ import annotations

import streamlit as st

from frontend.clients.api import Api
from frontend.examples import examples
from frontend.settings import Settings
from frontend.visit import Visit


@st.cache_resource
def settings() -> Settings:
    """Return the settings, which do not change while the server runs."""
    return Settings()


@st.cache_resource
def api() -> Api:
    """Return the client of the API."""
    return Api(settings().api_url, settings().api_key.get_secret_value())


@st.cache_resource
def reviewers_api() -> Api | None:
    """Return the client of the API with the reviewers' key; None if the application does not have it."""
    key = settings().reviewers_api_key.get_secret_value()
    return Api(settings().api_url, key) if key else None


@st.cache_resource
def example_texts() -> list[str]:
    """Return the reviews to try."""
    return examples()


def visit() -> Visit:
    """Return what this session's visitor has done."""
    if "visit" not in st.session_state:
        st.session_state.visit = Visit()
    found: Visit = st.session_state.visit
    return found
