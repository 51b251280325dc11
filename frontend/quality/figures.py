"""What follows from what the monitor said last: figures, without a word of text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sentiment.evaluation.live_quality import Cells, Proportion
from sentiment.schemas.metrics import (
    ACCURACY,
    ACCURACY_LIMIT,
    AUDIT_NONRESPONSE,
    AUDITED_ACCURACY,
    AUDITED_LABELS,
    CONFUSION,
    COVERAGE,
    ENOUGH_LABELS,
    F1,
    LABELS,
    MODEL_INFO,
    MODEL_PROMOTED,
    MONITOR_RUN,
    QUALITY_FELL,
    WINDOWS,
)

if TYPE_CHECKING:
    from frontend.quality.reading import Snapshot
    from sentiment.schemas.metrics import WithBounds

SOURCES = ("audit", "reviewed", "voluntary")
"""Where labels come from, the fair one first."""
STANDS_STILL = timedelta(minutes=5)
"""The monitor runs every minute; after as long without a run, its numbers say what was."""


class Verdict(NamedTuple):
    """Whether the quality of the version in production has fallen since its promotion, by audited labels.

    Attributes:
        labels: How many there are.
        accuracy: With the confidence sequence, which holds however often one looks; None without labels.
        limit: The accuracy below which quality has fallen; None if none was measured at promotion.
        fell: Whether it has; None if there is no limit.
    """

    labels: int
    accuracy: Proportion | None
    limit: float | None
    fell: bool | None


class Production(NamedTuple):
    """The version in production."""

    version: str
    promoted_at: datetime | None
    verdict: Verdict


class Quality(NamedTuple):
    """The quality of a version in a window, by the labels of one source.

    Attributes:
        window: Its name, such as `24h`.
        labels: How many labels there are.
        enough: Whether they are enough to say much.
        accuracy: None without labels.
        f1: None if nothing is positive.
    """

    window: str
    labels: int
    enough: bool
    accuracy: Proportion | None
    f1: Proportion | None


class Coverage(NamedTuple):
    """How many of a window's predictions have labels, of all versions.

    Attributes:
        labels: For each prediction, by source; without predictions there are none.
        unanswered: Share of the audited predictions without a reviewer's label; None if none was drawn.
    """

    labels: dict[str, float]
    unanswered: float | None


def age(snapshot: Snapshot) -> timedelta | None:
    """Return how long ago the monitor's last run ended; None if it never ran."""
    runs = [one.at - datetime.fromtimestamp(one.value, UTC) for one in snapshot.samples(MONITOR_RUN)]
    return max(timedelta(), min(runs)) if runs else None


def production(snapshot: Snapshot) -> Production | None:
    """Return the version in production; None if the monitor names none."""
    named = snapshot.samples(MODEL_INFO)
    if not named:
        return None
    version = named[0].labels.get("model_version", "")
    promoted = snapshot.value(MODEL_PROMOTED)
    fell = snapshot.value(QUALITY_FELL, model_version=version)
    verdict = Verdict(
        labels=int(snapshot.value(AUDITED_LABELS, model_version=version) or 0),
        accuracy=_proportion(snapshot, AUDITED_ACCURACY, model_version=version),
        limit=snapshot.value(ACCURACY_LIMIT, model_version=version),
        fell=None if fell is None else fell > 0,
    )
    return Production(version, None if promoted is None else datetime.fromtimestamp(promoted, UTC), verdict)


def quality(snapshot: Snapshot, version: str, source: str) -> list[Quality]:
    """Return the quality of a version by one source's labels, for each window, the shortest first."""
    found = []
    for window in WINDOWS:
        labels = {"window": window, "source": source, "model_version": version}
        found.append(
            Quality(
                window=window,
                labels=int(snapshot.value(LABELS, **labels) or 0),
                enough=bool(snapshot.value(ENOUGH_LABELS, **labels)),
                accuracy=_proportion(snapshot, ACCURACY, **labels),
                f1=_proportion(snapshot, F1, **labels),
            )
        )
    return found


def coverage(snapshot: Snapshot, window: str) -> Coverage:
    """Return how many of a window's predictions have labels."""
    shares = {source: snapshot.value(COVERAGE, window=window, source=source) for source in SOURCES}
    return Coverage(
        labels={source: share for source, share in shares.items() if share is not None},
        unanswered=snapshot.value(AUDIT_NONRESPONSE, window=window),
    )


def versions(snapshot: Snapshot) -> list[str]:
    """Return the versions with a confusion matrix: that in production first, then the newest."""
    named = {one.labels.get("model_version", "") for one in snapshot.samples(CONFUSION)}
    current = production(snapshot)
    first = [current.version] if current and current.version in named else []
    return first + sorted(named - set(first), key=lambda version: (len(version), version), reverse=True)


def confusion(snapshot: Snapshot, version: str, window: str, source: str) -> Cells:
    """Return the cells of a confusion matrix; all are 0 where there are no labels."""
    labels = {"window": window, "source": source, "model_version": version}
    return Cells(*(int(snapshot.value(CONFUSION, cell=cell, **labels) or 0) for cell in Cells._fields))


def _proportion(snapshot: Snapshot, metric: WithBounds, **labels: str) -> Proportion | None:
    value, lower, upper = (snapshot.value(one, **labels) for one in metric)
    return None if value is None or lower is None or upper is None else Proportion(value, lower, upper)
