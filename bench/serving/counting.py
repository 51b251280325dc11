"""Feedback in one hour on DynamoDB, in simulated time: no emulator cancels transactions that meet on an item.

The feedback function's ledger runs as it is. A transaction takes 20 ms, during which its items are in use; one that
finds an item in use is cancelled after as long, with DynamoDB's reasons. A read takes 5 ms.
"""

from __future__ import annotations

import random
import statistics
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from botocore.exceptions import ClientError

from bench.row import Row
from bench.serving.turns import Turns
from lambdas.feedback import ledger
from lambdas.shared.booking import Tables
from sentiment.schemas import bucket

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRANSACTION_S = 0.02
READ_S = 0.005
SECONDS = 30.0
ATTACK_A_S = 50
"""What one API key may send in a second on AWS (`key_rate_per_s`)."""
RATES = (200, 250, 300, 400, 500)
REACH_P95_MS = 100.0

START = datetime(2026, 12, 1, 12, tzinfo=UTC)
TABLES = Tables("predictions", "feedback", "quality", "audit")


class Load(NamedTuple):
    """What became of the feedback: the percentage answered 503, and the latency of the rest."""

    refused: float
    p50_ms: float
    p95_ms: float


def run() -> list[Row]:
    """Simulate 100 and 200 a second, an attack on a shard, and the most that a second takes."""
    rows = []
    for rate in (100, 200):
        sharded, single = simulate(rate), simulate(rate, shards=1)
        rows += [
            Row(
                name=f"{rate} a second, answered 503", measured=sharded.refused, reach=0, unit="%",
                peers={"one counter": single.refused}, note=NOTE,
            ),
            Row(
                name=f"{rate} a second, p95", measured=sharded.p95_ms, reach=REACH_P95_MS, unit="ms",
                peers={"one counter": single.p95_ms}, note="of the feedback that was stored",
            ),
        ]  # fmt: skip
    attacked = simulate(200, attack=ATTACK_A_S)
    return [
        *rows,
        Row(
            name="200 a second under attack, answered 503", measured=attacked.refused, reach=0, unit="%",
            note=f"of others' feedback (p95 {attacked.p95_ms:.0f} ms), while one API key sends {ATTACK_A_S} a second "
            "to one shard",
        ),
        *_limits(),
    ]  # fmt: skip


NOTE = (
    f"of one model version and source, in one hour; simulated: {1000 * TRANSACTION_S:.0f} ms a transaction, "
    f"{1000 * READ_S:.0f} ms a read, {SECONDS:.0f} s of random arrivals, the function's own code"
)


def _limits() -> list[Row]:
    loads = {rate: simulate(rate) for rate in RATES}
    stored = [rate for rate, load in loads.items() if not load.refused]
    quick = [rate for rate in stored if loads[rate].p95_ms <= REACH_P95_MS]
    note = f"of {', '.join(map(str, RATES))}"
    return [
        Row(
            name=f"most a second with a p95 of {REACH_P95_MS:.0f} ms", measured=max(quick, default=0), unit="/s",
            better="higher", note=note,
        ),
        Row(
            name="most a second without a 503", measured=max(stored, default=0), unit="/s", better="higher",
            note=note,
        ),
    ]  # fmt: skip


def simulate(rate: float, *, shards: int = bucket.SHARDS, attack: float = 0.0, seconds: float = SECONDS) -> Load:
    """Give feedback on new predictions at random moments.

    Args:
        rate: Feedback in a second, on average.
        shards: Items that share an hour's counters.
        attack: Feedback a second that somebody gives besides, on predictions of shard 0 only.
        seconds: For how long.
    """
    turns = Turns()
    dynamodb: Any = DynamoDB(turns)
    books = ledger.Ledger(TABLES, lambda: dynamodb, now=lambda: START + timedelta(seconds=turns.monotonic()))
    taken_s: list[float] = []
    refused = 0

    def give(prediction_id: str, *, measured: bool) -> None:
        nonlocal refused
        started = turns.monotonic()
        try:
            books.record(prediction_id, "up", None)
        except (ledger.RaceError, ledger.CountersBusyError, ledger.TooSlowError):
            refused += measured
        else:
            if measured:
                taken_s.append(turns.monotonic() - started)

    random.seed(rate)
    arrivals = sorted(
        [*((at, False) for at in _moments(rate, seconds)), *((at, True) for at in _moments(attack, seconds))]
    )
    with (
        patch.object(bucket, "SHARDS", shards),
        patch.object(ledger, "time", turns),
        ThreadPoolExecutor(len(arrivals)) as pool,
    ):
        given = []
        for at, attacks in arrivals:
            turns.sleep(at - turns.monotonic())
            prediction_id = _id(shard=0 if attacks else None)
            given.append(turns.start(pool, partial(give, prediction_id, measured=not attacks)))
        turns.sleep(2 * ledger.DEADLINE_S)
    for one in given:
        one.result()
    dynamodb.check()
    percentiles = statistics.quantiles(taken_s, n=100)
    return Load(100 * refused / (refused + len(taken_s)), 1000 * percentiles[49], 1000 * percentiles[94])


def _moments(rate: float, seconds: float) -> list[float]:
    """Return the moments of a Poisson process."""
    return [random.uniform(0, seconds) for _ in range(round(rate * seconds))]


def _id(shard: int | None) -> str:
    """Return an id as predictions have it, from the seeded random numbers."""
    while True:
        prediction_id = "01" + "".join(random.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=24))
        if shard is None or bucket.shard_of(prediction_id) == shard:
            return prediction_id


class DynamoDB:
    """The calls of boto3's client that the ledger makes, for predictions that all exist."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._feedback: dict[str, Mapping[str, Any]] = {}
        self._counters: Counter[str] = Counter()
        self._in_use: set[tuple[str, str]] = set()

    def get_item(self, *, TableName: str, Key: Mapping[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803, ANN401 - boto's names
        """Return the item."""
        self._turns.sleep(READ_S)
        if TableName == TABLES.feedback:
            item = self._feedback.get(Key["prediction_id"]["S"])
            return {"Item": item} if item else {}
        expires_at = str(int((START + timedelta(days=100)).timestamp()))
        predicted = {"label": {"S": "positive"}, "probability": {"N": "0.9"}, "model_version": {"S": "1"}}
        values = {**predicted, "audit": {"BOOL": False}}
        return {"Item": {**values, "expires_at": {"N": expires_at}}}

    def transact_write_items(self, *, TransactItems: Sequence[Mapping[str, Any]]) -> None:  # noqa: N803 - boto's name
        """Write the feedback and its counters, unless another transaction uses one of the items.

        Raises:
            ClientError: It does; the reasons say which items.
        """
        check, put, *updates = TransactItems
        prediction_id = check["ConditionCheck"]["Key"]["prediction_id"]["S"]
        buckets = [update["Update"]["Key"]["bucket"]["S"] for update in updates]
        items = [(TABLES.predictions, prediction_id), (TABLES.feedback, prediction_id)]
        items += [(TABLES.quality, key) for key in buckets]
        if self._in_use.intersection(items):
            reasons = [{"Code": "TransactionConflict" if item in self._in_use else "None"} for item in items]
            self._turns.sleep(TRANSACTION_S)
            response: Any = {
                "Error": {"Code": "TransactionCanceledException", "Message": "in use"},
                "CancellationReasons": reasons,
            }
            raise ClientError(response, "TransactWriteItems")
        self._in_use.update(items)
        self._turns.sleep(TRANSACTION_S)
        self._in_use.difference_update(items)
        self._feedback[prediction_id] = put["Put"]["Item"]
        self._counters.update(buckets)

    def check(self) -> None:
        """Raise an error unless the counters agree with the feedback."""
        if self._counters != Counter(item["bucket"]["S"] for item in self._feedback.values()):
            raise RuntimeError("the counters do not agree with the feedback")
