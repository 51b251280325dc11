"""The file that one session works on, with its job."""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO

from frontend.many.job import Job
from frontend.many.upload import Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from frontend.many.job import Predicts
    from frontend.many.places import Places
    from frontend.many.preview import FilePreview


class CurrentFile:
    """The file that a session works on; it is removed when the session ends and nobody refers to this any more."""

    def __init__(self) -> None:
        self._job: Job | None = None
        self._give_up: weakref.finalize[..., CurrentFile] | None = None

    @property
    def job(self) -> Job | None:
        """The job, if there is a file."""
        return self._job

    def take(self, content: BinaryIO, api: Predicts, places: Places, present: Callable[[], bool]) -> FilePreview:
        """Store a file in place of the one before, and return what it seems to be.

        Args:
            content: The file.
            api: Predicts its texts.
            places: Where it is stored.
            present: Returns whether the session's window is still open.

        Raises:
            ProblemError: It cannot be stored or read; the message may quote it. There is no file then.
        """
        self.clear()
        job = Job(api, Upload(content, places), places.running, present)
        with ExitStack() as on_failure:
            on_failure.callback(job.close)
            preview = job.upload.preview()
            on_failure.pop_all()
        self.put(job)
        return preview

    def put(self, job: Job) -> None:
        """Replace the job."""
        self.clear()
        self._job = job
        self._give_up = weakref.finalize(self, job.close)

    def clear(self) -> None:
        """Give up the job and its file."""
        if self._give_up:
            self._give_up()
        self._job = self._give_up = None
