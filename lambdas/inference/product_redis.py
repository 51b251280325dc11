"""Feast's online store in Redis."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lambdas.inference.feast_format import FEATURE_VIEW, FormatError, StoredRow, entity_key, read_fields, read_stats
from lambdas.inference.product_features import BUDGET_S, READERS, StoreError
from lambdas.inference.redis_wire import Connection, RedisError, RedisUrl, command

if TYPE_CHECKING:
    from lambdas.inference.redis_wire import Answer

HASH_FIELDS = {
    "reviews": bytes.fromhex("de2323b7"),
    "mean_stars": bytes.fromhex("270b5be3"),
    "positive_share": bytes.fromhex("6b425942"),
}
"""Field of each feature in Feast's hash: the 32-bit MurmurHash3 of `product_stats:<feature>`."""

_TIME = f"_ts:{FEATURE_VIEW}".encode()
_SECONDS, _NANOS = 1, 2
"""Fields of the protobuf message `Timestamp`."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ProductRedis:
    """Reads products from Redis, over as many kept connections as there are readers.

    Args:
        url: `redis://[[user]:password@]host[:port][/database]`, or `rediss://...` for TLS.
        project: Feast's project, a part of every key.
        timeout_s: Timeout of connecting and of each read from the socket.

    Raises:
        ValueError: The URL is malformed.
    """

    def __init__(self, url: str, *, project: str, timeout_s: float = BUDGET_S) -> None:
        self._url = RedisUrl.parse(url)
        self._project = project.encode()
        self._timeout_s = timeout_s
        self._idle: deque[Connection] = deque(maxlen=READERS)

    def read(self, product_id: str) -> StoredRow | None:
        """Return the product's row; None if there is none.

        Raises:
            StoreError: Redis does not answer, or refuses.
            FormatError: The hash is not in Feast's format.
        """
        try:
            answer = self._ask(command(b"HMGET", entity_key(product_id) + self._project, *HASH_FIELDS.values(), _TIME))
        except (OSError, RedisError) as error:
            raise StoreError(f"Redis: {error}") from error
        *values, time = _texts(answer)
        if time is None:
            return None
        stamp = read_fields(time)
        try:
            event_time = _EPOCH + timedelta(seconds=stamp.get(_SECONDS, 0), microseconds=stamp.get(_NANOS, 0) // 1000)
        except OverflowError as error:
            raise FormatError("a row's time is out of range") from error
        stats = read_stats({name: value or b"" for name, value in zip(HASH_FIELDS, values, strict=True)})
        return StoredRow(event_time, stats)

    def close(self) -> None:
        """Close the kept connections."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, question: bytes) -> Answer:
        """Send a command on a kept connection; one that the server has closed is replaced once."""
        try:
            kept = self._idle.pop()
        except IndexError:
            return self._ask_on(Connection(self._url, self._timeout_s), question)
        try:
            return self._ask_on(kept, question)
        except ConnectionError:
            return self._ask_on(Connection(self._url, self._timeout_s), question)

    def _ask_on(self, connection: Connection, question: bytes) -> Answer:
        try:
            (answer,) = connection.ask([question])
        except (OSError, RedisError):  # its late answer would be read as that of the next command
            connection.close()
            raise
        self._idle.append(connection)
        return answer


def _texts(answer: Answer) -> list[bytes | None]:
    """Return the values of an answer to HMGET, one for each field."""
    if not isinstance(answer, list) or len(answer) != len(HASH_FIELDS) + 1:
        raise StoreError("Redis: this is no answer to HMGET")
    texts = [value for value in answer if not isinstance(value, list)]
    if len(texts) != len(answer):
        raise StoreError("Redis: this is no answer to HMGET")
    return texts
