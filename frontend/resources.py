"""What all sessions of the server share, and what each session keeps."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, TypeVar

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from frontend.clients.api import Api
from frontend.clients.problems import ProblemError
from frontend.clients.prometheus import Prometheus
from frontend.settings import Settings
from frontend.visit import Visit
from sentiment.clock import utc_now
from sentiment.reviews.held_out_sample import held_out_sample

if TYPE_CHECKING:
    from datetime import datetime

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from frontend.clients.archive import Archive, Changes
    from frontend.clients.registry import Overview, Registry
    from frontend.clients.retrain import RetrainFunction
    from frontend.clients.retrainings import Retraining, Retrainings, StepOutcome
    from frontend.many.current_file import CurrentFile
    from frontend.quality.reading import OverTime, Snapshot
    from frontend.telling_words import TellingWord
    from sentiment.model.scorer import Scorer

Client = TypeVar("Client")

NO_PROMETHEUS = "This deployment has no Prometheus, so nobody measures the live quality here. PROMETHEUS_URL names one."
NO_ARCHIVE = (
    "This application was not told where predictions are archived: LAKE_BUCKET and ARTIFACTS_BUCKET are not set."
)
NUMBERS_S, CHARTS_S = 10, 30
"""How old what all sessions are shown may be, in seconds: the monitor itself runs every minute."""


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
def retrain_function() -> RetrainFunction:
    """Return the client of the retrain function."""
    from frontend.clients.retrain import RetrainFunction  # noqa: PLC0415 - boto3 takes half a second

    return RetrainFunction(settings().retrain_function, region=settings().aws_region)


@st.cache_resource
def retrainings() -> Retrainings:
    """Return the client of what retraining runs left behind."""
    from frontend.clients.retrainings import Retrainings  # noqa: PLC0415 - takes a second

    return Retrainings(settings().artifacts_bucket, region=settings().aws_region)


@st.cache_resource
def planned_steps() -> tuple[StepOutcome, ...]:
    """Return the steps of every retraining, without outcomes."""
    from frontend.clients.retrainings import PLANNED  # noqa: PLC0415 - takes a second

    return PLANNED


@st.cache_data(ttl=60, max_entries=20, show_spinner=False)
def retraining(run_id: str, state: str, began: datetime) -> Retraining:
    """Return what a run left behind, read once while it stays in a state."""
    del state
    return retrainings().read(run_id, began=began)


@st.cache_resource
def registry() -> Registry:
    """Return the client of the registry."""
    from frontend.clients.registry import Registry  # noqa: PLC0415 - takes a second

    return Registry()


@st.cache_data(ttl=10, show_spinner=False)
def overview() -> Overview:
    """Return what the registry knows."""
    return registry().overview()


@st.cache_resource(ttl=600, max_entries=6, show_spinner=False)
def scorer(version: str) -> Scorer:
    """Return what predicts with a version's model."""
    from sentiment.model.scorer import Scorer  # noqa: PLC0415 - only where a model is loaded

    return Scorer(registry().artifact(version))


@st.cache_data(ttl=3600, max_entries=6, show_spinner=False)
def telling_words(version: str) -> tuple[list[TellingWord], list[TellingWord]]:
    """Return the words that speak most for positive and for negative."""
    from frontend import telling_words  # noqa: PLC0415 - only where a model is loaded

    return telling_words.telling_words(registry().artifact(version))


@st.cache_data(ttl=600, max_entries=2, show_spinner=False)
def packed_model(version: str) -> str:
    """Return a version's artifact in base64, for the browser."""
    from sentiment.model.artifact import dump  # noqa: PLC0415 - only where a model is loaded

    return base64.b64encode(dump(registry().artifact(version))).decode()


@st.cache_resource
def prometheus() -> Prometheus | None:
    """Return the client of Prometheus; None where the loop has none."""
    url = settings().prometheus_url.get_secret_value()
    return Prometheus(url) if url else None


@st.cache_resource
def archive() -> Archive | None:
    """Return the client of the archive; None where its buckets are not known."""
    from frontend.clients.archive import Archive  # noqa: PLC0415 - boto3 takes half a second

    lake, artifacts = settings().lake_bucket, settings().artifacts_bucket
    return Archive(lake, artifacts) if lake and artifacts else None


@st.cache_resource
def example_texts() -> list[str]:
    """Return the reviews to try."""
    return [review.full_text for review in held_out_sample()]


def current_file() -> CurrentFile:
    """Return the file that this session works on."""
    from frontend.many.current_file import CurrentFile  # noqa: PLC0415 - pyarrow takes half a second

    if "current_file" not in st.session_state:
        st.session_state.current_file = CurrentFile()
    found: CurrentFile = st.session_state.current_file
    return found


def forget(uploaded: UploadedFile) -> None:
    """Remove an uploaded file from memory, where Streamlit keeps it until the session ends."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)


@st.cache_data(ttl=NUMBERS_S, max_entries=1, show_spinner=False)
def snapshot() -> Snapshot:
    """Return what the monitor said last.

    Raises:
        ProblemError: There is no Prometheus, or it does not answer, or refuses.
    """
    from frontend.quality.reading import read_now  # noqa: PLC0415 - only where it is shown

    return read_now(_needed(prometheus(), NO_PROMETHEUS))


@st.cache_data(ttl=CHARTS_S, max_entries=20, show_spinner=False)
def over_time(span: str, window: str) -> OverTime:
    """Return the charts' data.

    Raises:
        ProblemError: There is no Prometheus, or it does not answer, or refuses.
    """
    from frontend.quality.reading import read_over_time  # noqa: PLC0415 - only where it is shown

    return read_over_time(_needed(prometheus(), NO_PROMETHEUS), span, window, utc_now())


@st.cache_data(ttl=600, max_entries=20, show_spinner=False)
def changes(before: tuple[datetime, datetime], after: tuple[datetime, datetime]) -> Changes:
    """Return why predictions moved from one time to another.

    Raises:
        ProblemError: The archive is not known or cannot be read, or there is nothing to compare.
    """
    return _needed(archive(), NO_ARCHIVE).changes(before, after)


def _needed(client: Client | None, without: str) -> Client:
    """Return a client that a deployment may be without; the problem is a sentence that says so."""
    if client is None:
        raise ProblemError(without, may_repeat=False)
    return client


def visit() -> Visit:
    """Return what this session's visitor has done."""
    if "visit" not in st.session_state:
        st.session_state.visit = Visit()
    found: Visit = st.session_state.visit
    return found
