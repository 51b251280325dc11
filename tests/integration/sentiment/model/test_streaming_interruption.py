"""However training from disk ends, its workers end too and nothing is left on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
from itertools import count
from sentiment.reviews.example import Example
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.reviews.review import Review
from sentiment.model.streaming.training import train_streaming

def examples():
    for number in count():
        if number == 30_000:
            print("reading", flush=True)
        yield Example(Review(str(number), None, "", f"fine box number {number}", None, "positive", None, "made up"))

train_streaming(examples(), Hyperparameters(), workers=2)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_and_files_go_with_the_process(how: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        workers = psutil.Process(process.pid).children()
        assert len(workers) == 2
        process.send_signal(how)
        _, alive = psutil.wait_procs(workers, timeout=60)
    assert alive == []
    assert process.returncode != 0
    assert list(tmp_path.iterdir()) == []
