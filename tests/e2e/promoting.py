"""Puts a model that learned from chosen reviews into production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentiment.reviews.record import to_line
from tests.e2e.loop import eventually

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sentiment.reviews.review import Review
    from tests.e2e.loop import Loop


def served_version(loop: Loop) -> str:
    """Return the version that answers, as `GET /model` names it."""
    answer = loop.call("GET", "/model")
    assert answer.status == 200, answer
    return str(answer.body["model_version"])


def promote_model_of(reviews: Iterable[Review], loop: Loop, folder: Path) -> str:
    """Train on reviews and promote the version, whatever the gate says; return it once it answers."""
    file = folder / "learned.jsonl"
    file.write_text("".join(f"{to_line(review)}\n" for review in reviews))
    before = served_version(loop)
    loop.run("-m", "training", "run", "--reviews", str(file), "--promote", "--force")

    def another_answers() -> None:
        assert served_version(loop) != before

    eventually(another_answers, within_s=60)
    return served_version(loop)
