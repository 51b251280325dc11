"""Keys of the quality counters: `<UTC hour>#<model version>#<voluntary|audit|reviewed>#<shard>`.

An hour's counters are spread over shards, because DynamoDB cancels a transaction that meets another one on an item.
Who reads them adds up the shards, and the item without one: earlier counters had none, and still count.
"""

from __future__ import annotations

from hashlib import blake2b

SHARDS = 16
PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}#[0-9A-Za-z._-]{1,64}#(voluntary|audit|reviewed)(#\d{1,2})?$"


BY_DAY = "by_day"
"""The index of the counters by the UTC day of their hour, `utc_day`. The name is also in `infra_cdk.data_stack`."""


def shard_of(prediction_id: str) -> int:
    """Return the shard in which the first feedback on a prediction is counted, unless it is in use."""
    digest = blake2b(prediction_id.encode(), digest_size=8, person=b"shard").digest()
    return int.from_bytes(digest, "big") % SHARDS


def next_shard(bucket: str) -> str:
    """Return the bucket to try when this one, which has a shard, is in use."""
    counters, _, shard = bucket.rpartition("#")
    return f"{counters}#{(int(shard) + 1) % SHARDS}"


def without_shard(bucket: str) -> str:
    """Return what the buckets of the same hour, model version and source have in common."""
    return "#".join(bucket.split("#")[:3])


def day_of(bucket: str) -> str:
    """Return the UTC day of a bucket, `YYYY-MM-DD`."""
    return bucket[:10]
