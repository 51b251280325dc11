"""A retraining from a lake to a production model, by the steps that Airflow runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.registry.anchor import read_anchor
from training.retraining.in_process import retrain

if TYPE_CHECKING:
    from training.registry.registry import Registry
    from training.retraining.run import RetrainingSettings


def test_a_first_model_then_no_new_data_then_a_forced_candidate(
    settings: RetrainingSettings, registry: Registry
) -> None:
    titles: list[str] = []
    done = retrain(settings, "first", step=titles.append, first=True)
    assert done.startswith("Version 1 was promoted. Accepted as the first model")
    pointer = registry.store.read_pointer().pointer
    assert pointer is not None
    assert pointer.data_sha256
    assert pointer.feature_service == "sentiment_training_v1"
    assert read_anchor(registry.store) == pointer

    done = retrain(settings, "second", step=titles.append)
    assert done.startswith("Nothing was trained (no new data)")

    done = retrain(settings, "third", step=titles.append, force=True)
    assert done.startswith("Version 2 was promoted. No worse than production")
    assert [(entry.kind, entry.outcome, entry.version) for entry in registry.audit.entries()] == [
        ("decision", "improves", "1"),
        ("promotion", "served", "1"),
        ("ended", "done", None),
        ("ended", "no new data", None),
        ("decision", "maintains", "2"),
        ("promotion", "served", "2"),
        ("ended", "done", None),
    ]
