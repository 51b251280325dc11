"""Quality: how good the model is now, what says so, how it went, and why it moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from frontend import resources
from frontend.clients.problems import ProblemError
from frontend.plain import plain
from frontend.quality import charts, figures, moved, times, words
from frontend.quality.chart_styles import CHARTS
from frontend.quality.reading import SPANS
from sentiment.clock import utc_now
from sentiment.schemas.metrics import WINDOWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from frontend.clients.archive import Changes
    from frontend.quality.chart_styles import ChartOverTime
    from frontend.quality.figures import Quality
    from frontend.quality.reading import OverTime, Snapshot

NO_MONITOR = "The monitor has not reported yet. It does so every minute while the loop runs."


def page() -> None:
    """Show the page."""
    st.title("Quality")
    st.write("How good the model is right now, by what people say of its predictions.")
    if resources.prometheus() is None:
        st.info(resources.NO_PROMETHEUS, icon=":material/info:")
    else:
        _measured()
    st.header("Why did it move?")
    _why()


def _measured() -> None:
    """Show what Prometheus knows."""
    updates = st.toggle("Update automatically", value=True, key="quality_updates", persist_state="session")
    st.header("Right now")
    _live(_now, resources.NUMBERS_S if updates else None)
    st.header("Over time")
    with st.container(horizontal=True):
        st.segmented_control(
            "Time shown", list(SPANS), default="1h", key="quality_span", required=True, persist_state="session"
        )
        _window("Window of each value", "quality_window")
    _live(_over_time, resources.CHARTS_S if updates else None)
    st.header("Confusion matrix")
    with st.container(horizontal=True):
        _window("Window", "quality_confusion_window")
        st.selectbox(
            "Source of the labels",
            figures.SOURCES,
            format_func=words.SOURCES_IN_WORDS.__getitem__,
            key="quality_source",
            persist_state="session",
        )
        _version()
    _live(_confusion, resources.NUMBERS_S if updates else None)


def _window(label: str, key: str) -> None:
    st.segmented_control(label, list(WINDOWS), default="24h", key=key, required=True, persist_state="session")


def _live(shown: Callable[[], None], every_s: int | None) -> None:
    """Show a part of the page that is drawn again by itself, without its widgets: they stand outside."""

    def part() -> None:
        try:
            shown()
        except ProblemError as problem:
            st.error(str(problem), icon=":material/error:")
            if problem.may_repeat:
                st.button("Try again", key=f"again {shown.__name__}")

    st.fragment(part, run_every=every_s)()


def _now() -> None:
    snapshot = resources.snapshot()
    age, production = figures.age(snapshot), figures.production(snapshot)
    if age is None or production is None:
        st.info(NO_MONITOR if age is None else "No version is in production yet.", icon=":material/info:")
        return
    if age > figures.STANDS_STILL:
        st.warning(words.freshness(age), icon=":material/warning:")
    st.markdown(plain(words.in_production(production)))
    verdict = plain(words.verdict(production))
    if production.verdict.fell:
        st.error(verdict, icon=":material/trending_down:")
    else:
        st.markdown(verdict)
    st.subheader("By audited labels (random draw)")
    st.write(words.audited())
    columns = st.columns(len(WINDOWS))
    for column, quality in zip(columns, figures.quality(snapshot, production.version, "audit"), strict=True):
        with column:
            _headline(quality)
    st.subheader("By people's thumbs")
    st.write("A biased sample, for who gives a thumb decides what is counted, and anybody can give many.")
    _thumbs(figures.quality(snapshot, production.version, "voluntary"))
    _rests_on(snapshot, production.version)
    if age <= figures.STANDS_STILL:
        _small(words.freshness(age))


def _headline(quality: Quality) -> None:
    window = words.WINDOWS_IN_WORDS[quality.window].capitalize()
    if not quality.enough:
        st.metric(window, "Too few")
        _small(words.so_far(quality))
        return
    for name, found in (("accuracy", quality.accuracy), ("F1", quality.f1)):
        if found:
            st.metric(f"{window}: {name}", words.value_of(found))
            _small(f"{words.INTERVAL}: {words.interval_of(found)}")
    _small(f"From {quality.labels:,} labels.")


def _thumbs(found: list[Quality]) -> None:
    st.table(
        {
            "window": [words.WINDOWS_IN_WORDS[one.window] for one in found],
            f"accuracy ({words.INTERVAL})": [words.of_window(one, one.accuracy) for one in found],
            f"F1 ({words.INTERVAL})": [words.of_window(one, one.f1) for one in found],
            "thumbs": [f"{one.labels:,}" for one in found],
        },
        hide_index=True,
        alt="Accuracy and F1 by people's thumbs",
    )


def _rests_on(snapshot: Snapshot, version: str) -> None:
    st.subheader("What these numbers rest on")
    by_source = {source: figures.quality(snapshot, version, source) for source in figures.SOURCES}
    st.table(
        {
            "source of the labels": [words.SOURCES_IN_WORDS[source] for source in by_source],
            **{
                words.WINDOWS_IN_WORDS[window]: [f"{found[place].labels:,}" for found in by_source.values()]
                for place, window in enumerate(WINDOWS)
            },
        },
        hide_index=True,
        alt="Labels of the version in production, by source and window",
    )
    for window in ("24h", "7d"):
        st.write(words.coverage(figures.coverage(snapshot, window), window))


def _over_time() -> None:
    state = st.session_state
    over = resources.over_time(state.quality_span, state.quality_window)
    st.markdown(plain(words.marks(over)))
    for chart in CHARTS:
        _chart(chart, over, words.WINDOWS_IN_WORDS[state.quality_window])


def _chart(chart: ChartOverTime, over: OverTime, window: str) -> None:
    """Show a chart, and below it what it says in words; without data the words alone."""
    style = chart.style_of(window)
    drawn = [curve for curve in chart.curves(over) if curve.name in style.names]
    sentence = words.courses(drawn, style.names, style.shown, chart.empty)
    if drawn:
        st.altair_chart(charts.over_time(drawn, over, style), alt=f"{style.title}. {sentence}")
    else:
        st.markdown(f"**{style.title}**")
    _small(f"{sentence} {chart.more}" if drawn else sentence)


def _version() -> None:
    """Let the reader pick one of the versions that have labels."""
    try:
        known = figures.versions(resources.snapshot())
    except ProblemError:  # which the part below says
        known = []
    st.selectbox("Version", known, key="quality_version", placeholder="none yet", disabled=not known)


def _confusion() -> None:
    state = st.session_state
    snapshot = resources.snapshot()
    if state.quality_version is None:
        st.info(NO_MONITOR, icon=":material/info:")
        return
    cells = figures.confusion(snapshot, state.quality_version, state.quality_confusion_window, state.quality_source)
    sentence = words.confusion(cells)
    if cells.labels:
        st.altair_chart(charts.confusion_matrix(cells), alt=f"Confusion matrix. {sentence}")
    _small(sentence)


def _why() -> None:
    st.write("What moved the predictions from one time to another: words, products, the mix of reviews, or the model.")
    picked = st.selectbox("Compare", [*times.LAST, times.OWN], index=1, key="quality_compare", persist_state="session")
    chosen = _own_times() if picked == times.OWN else times.last(times.LAST[picked], utc_now())
    if st.button("Compare", type="primary"):
        _compare(chosen)
    if problem := st.session_state.get("quality_problem"):
        st.error(problem, icon=":material/error:")
    if changes := st.session_state.get("quality_changes"):
        _changes(changes)


def _own_times() -> times.Times:
    opened = st.session_state.setdefault("quality_opened", utc_now())
    first = times.last(times.LAST[list(times.LAST)[1]], opened)
    picked: list[datetime] = []
    for name, (start, end) in (("Earlier", first.before), ("Later", first.after)):
        with st.container(horizontal=True):
            for what, usual in (("from", start), ("to", end)):
                picked.append(
                    st.datetime_input(
                        f"{name} time, {what} (UTC)",
                        value=usual,
                        key=f"quality_{name}_{what}",
                        required=True,
                        persist_state="session",
                    ).replace(tzinfo=UTC)
                )
    return times.Times((picked[0], picked[1]), (picked[2], picked[3]))


def _compare(chosen: times.Times) -> None:
    state = st.session_state
    state.quality_changes, state.quality_problem = None, times.problem_of(chosen)
    if state.quality_problem:
        return
    try:
        with st.spinner("Reading the predictions of both times", show_time=True):
            state.quality_changes = resources.changes(*chosen)
    except ProblemError as problem:
        state.quality_problem = str(problem)


def _changes(changes: Changes) -> None:
    st.write(moved.summary(changes))
    st.dataframe(moved.rows(changes), hide_index=True)


def _small(text: str) -> None:
    """Show a text smaller, but as dark as the others: that of captions is too pale to read."""
    st.markdown(f":small[{plain(text)}]")
