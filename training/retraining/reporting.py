"""What changed between candidate and production, as one page for people."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from training.retraining.candidate import TRAIN
from training.retraining.judging import DECIDE
from training.retraining.results import Reported
from training.retraining.run import Step

if TYPE_CHECKING:
    from training.retraining.run import Run

REPORT = Step("report", Reported)
REPORT_FILE = "report.html"


def report(run: Run) -> Reported:
    """Write the page, and keep it in S3 and in the candidate's run."""
    trained, decided = run.result(TRAIN), run.result(DECIDE)
    page = f"<!doctype html><html lang=en><title>Retraining</title><p>{escape(decided.summary)}</p></html>"
    run.registry.tracking.keep_text(trained.run_id, REPORT_FILE, page)
    return Reported(report=run.workspace.put(REPORT_FILE, page.encode(), "text/html; charset=utf-8"))
