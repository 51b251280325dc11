"""The monitoring table: exact counts of predictions and feedback, which the archive function keeps.

Each list (`series`) is read with one query:

- `total`: all predictions of a model version by label, all verdicts on its predictions by source;
- `predictions`: what is counted of the predictions of one UTC hour and model version;
- `quality`: sums of the quality counters by UTC day, which the monitor keeps;
- `turn`: which run of the monitor may read and push now;
- `zeros`: when the monitor first pushed each counter.

Counts are spread over shards where two transactions meet: who reads them adds up. Standard library only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

SHARDS = 4
KEPT_DAYS = 9
"""Days for which the counts of an hour are kept: the longest window, and the hours on both of its ends."""
REMEMBERED_DAYS = 3
"""Days for which an event is known to be counted. A stream delivers for one."""
TOTALS_KEPT_DAYS = 400

TOTAL, PREDICTIONS, QUALITY = "total", "predictions", "quality"
"""The lists."""

PROBABILITY_UNIT = 1_000_000_000
"""Probabilities are summed as whole numbers of this unit, so that the sums are exact."""


class Entry(NamedTuple):
    """The key of an item."""

    series: str
    entry: str

    @property
    def key(self) -> dict[str, AttributeValueTypeDef]:
        """In DynamoDB's JSON."""
        return {"series": {"S": self.series}, "entry": {"S": self.entry}}

    def of_shard(self, shard: int) -> Entry:
        """Return one of the entries that this one's counts are spread over."""
        return self._replace(entry=f"{self.entry}#{shard}")


def predictions_total(model_version: str) -> Entry:
    """Return the entry with the number of predictions of a version, `positive` and `negative`."""
    return Entry(TOTAL, f"predictions#{model_version}")


def feedback_total(model_version: str, source: str) -> Entry:
    """Return the entry with the number of verdicts, `up` and `down`; the source is that of a quality bucket."""
    return Entry(TOTAL, f"feedback#{model_version}#{source}")


def hour_of_predictions(hour: str, model_version: str) -> Entry:
    """Return the entry of a UTC hour, `YYYY-MM-DDTHH`."""
    return Entry(PREDICTIONS, f"{hour}#{model_version}")


def note_of(event: str) -> Entry:
    """Return the entry that says that an event is counted."""
    return Entry(f"counted#{event}", "-")


def counts_of(item: Mapping[str, AttributeValueTypeDef]) -> dict[str, int]:
    """Return an item's counts by name."""
    return {name: int(value["N"]) for name, value in item.items() if "N" in value and name != "expires_at"}


TURN = Entry("turn", "-")
"""The entry with the run of the monitor whose turn it is, `held_by`; without one, whoever comes first."""

ZEROS = Entry("zeros", "-")
"""The entry that says when each counter was first pushed, as 0: `pushed`, in JSON."""
