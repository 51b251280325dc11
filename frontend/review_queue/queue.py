"""What waits for a reviewer's label in one visit, and which labels are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from frontend.clients.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentiment.reviews.review import Label
    from sentiment.schemas.api import AuditAnswer, AuditCursor, WaitingAnswer

FEWEST_LEFT = 10
"""With fewer texts before the reviewer, the next page is read."""


class Given(NamedTuple):
    """A label as the browser sends it.

    Attributes:
        number: Counts the labels of a visit from 1; a changed one has a number of its own.
        prediction_id: What is labelled.
        label: The true label of its text.
    """

    number: int
    prediction_id: str
    label: Label


class Reviewers(Protocol):
    """What reviewers ask of the API; every call may raise ProblemError."""

    def waiting(self, after: str | None) -> AuditAnswer:
        """Return a page of what waits, behind the cursor of the page before."""

    def label(self, prediction_id: str, label: Label, rater: str) -> object:
        """Label the text of a prediction."""


@dataclass(slots=True)
class Queue:
    """One reviewer's visit.

    Attributes:
        waiting: Every text that was read so far, in the order in which it is to be labelled.
        stored: Up to which number the labels are stored.
        problem: Why the last request failed; empty otherwise.
    """

    waiting: list[WaitingAnswer] = field(default_factory=list)
    stored: int = 0
    problem: str = ""
    _after: AuditCursor | None = None

    @property
    def more(self) -> bool:
        """Whether there is a page behind the last one."""
        return self._after is not None

    def read(self, api: Reviewers) -> None:
        """Read the next page, or look again for new texts behind the last one."""
        self.problem = ""
        try:
            page = api.waiting(self._after)
        except ProblemError as problem:
            self.problem = f"What waits could not be read. {problem}"
            return
        known = {one.prediction_id for one in self.waiting}
        self.waiting += [one for one in page.waiting if one.prediction_id not in known]
        self._after = page.next

    def store(self, api: Reviewers, labels: Sequence[Given], rater: str) -> None:
        """Store the labels in their order, up to the first one that fails and may be sent again."""
        self.problem = ""
        for given in sorted(labels):
            if given.number <= self.stored:
                continue
            try:
                api.label(given.prediction_id, given.label, rater)
            except ProblemError as problem:
                self.problem = f"A label is not stored yet. {problem}"
                if problem.may_repeat:
                    return
                self.problem = f"A label was refused. {problem}"  # as of a prediction that has expired
            self.stored = given.number
