"""The file that one session works on, with its job."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, BinaryIO

from frontend.clients.problems import ProblemError
from frontend.many.job import Job
from frontend.many.upload import Upload

if TYPE_CHECKING:
    from frontend.many.job import Predicts
    from frontend.many.places import Places
    from frontend.many.upload import FilePreview


class CurrentFile:
    """The file that a session works on; it is removed when the session ends and nobody refers to this any more."""

    def __init__(self) -> None:
        self._job: Job | None = None
        self._give_up: weakref.finalize[..., CurrentFile] | None = None

    @property
    def job(self) -> Job | None:
        """The job, if there is a file."""
        return self._job

    def take(self, content: BinaryIO, api: Predicts, places: Places) -> FilePreview:
        """Store a file in place of the one before, and return what it seems to be.

        Raises:
            ProblemError: It cannot be stored or read; the message may quote it. There is no file then.
        """
        self.clear()
        job = Job(api, Upload(content, places), places.running)
        try:
            preview = job.upload.preview()
        except ProblemError:
            job.close()
            raise
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
