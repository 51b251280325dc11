"""Feast's Redis online store, with the loop's name in its keys: loops may share a Redis.

Feast ends each key with its project, which is `SentimentLoop` for every loop: `feature_store.yaml` cannot compute it.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

from feast.infra.online_stores.redis import RedisOnlineStore, RedisOnlineStoreConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from feast import RepoConfig


class LoopRedisOnlineStoreConfig(RedisOnlineStoreConfig):
    """The configuration of Feast's store, and the name at the end of its keys."""

    type: Literal["feature_repo.redis_store.LoopRedisOnlineStore"] = "feature_repo.redis_store.LoopRedisOnlineStore"  # type: ignore[assignment]  # Feast's own has another name
    project_in_keys: str


def _for_the_loop(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of Feast's store that reads the project from the store's own configuration."""

    @wraps(method)
    def call(self: RedisOnlineStore, config: RepoConfig, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Feast's
        project = config.online_store.project_in_keys
        return method(self, config.model_copy(update={"project": project}), *args, **kwargs)

    return call


class LoopRedisOnlineStore(RedisOnlineStore):
    """Feast's Redis store, with `project_in_keys` for its project."""

    delete_entity_values = _for_the_loop(RedisOnlineStore.delete_entity_values)
    delete_table = _for_the_loop(RedisOnlineStore.delete_table)
    online_write_batch = _for_the_loop(RedisOnlineStore.online_write_batch)
    online_write_batch_async = _for_the_loop(RedisOnlineStore.online_write_batch_async)
    _generate_redis_keys_for_entities = _for_the_loop(RedisOnlineStore._generate_redis_keys_for_entities)  # noqa: SLF001 - all that reads
