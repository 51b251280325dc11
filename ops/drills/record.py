"""What a drill planted and how to mend it, in a file of the loop: another process can mend what a killed one left."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from local.files import read_object, write_whole

if TYPE_CHECKING:
    from pathlib import Path

FILE = "drill.json"


@dataclass
class Record:
    """The drill of a loop that is on, or was interrupted. Saved before each thing that it speaks of is done.

    Attributes:
        state_dir: The loop's folder.
        alert: The alert that is drilled.
        kept: What mending needs, such as what a planted value replaced.
        fired: Whether the alert fired.
        mended: Whether the cause is mended; the windows of the alert may still be shortened.
    """

    state_dir: Path
    alert: str
    kept: dict[str, Any] = field(default_factory=dict)
    fired: bool = False
    mended: bool = False

    def save(self) -> None:
        """Write it to the file."""
        fields = asdict(self)
        del fields["state_dir"]
        write_whole(self.state_dir / FILE, json.dumps(fields, indent=1))

    def remove(self) -> None:
        """Remove the file: nothing is left to mend."""
        (self.state_dir / FILE).unlink(missing_ok=True)


def find(state_dir: Path) -> Record | None:
    """Return the drill of a loop that is on, or was interrupted; None without one."""
    fields = read_object(state_dir / FILE)
    return Record(state_dir, **fields) if fields else None
