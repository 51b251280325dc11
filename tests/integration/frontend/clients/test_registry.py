"""The client of the registry, on what real promotions, decisions and rollbacks leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from frontend.clients.problems import ProblemError
from frontend.clients.registry import Registry
from local.ports import free_port
from sentiment.model.artifact import load
from tests.integration.training.retraining.evaluated_run import evaluated_run
from tests.integration.training.versions import served, tiny_artifact
from training.registry.registry import open_registry
from training.retraining.run import Run
from training.retraining.steps import DECIDE, PROMOTE

if TYPE_CHECKING:
    from tests.integration.training.retraining.evaluated_run import EvaluatedRun
    from tests.integration.training.versions import MakeVersion
    from training.retraining.run import RetrainingSettings


@pytest.fixture
def client(settings: RetrainingSettings) -> Registry:
    assert settings.training.artifacts_bucket
    return Registry()


def retrained(settings: RetrainingSettings, make_version: MakeVersion, run_id: str, *, wrong: int) -> EvaluatedRun:
    """Decide on a candidate that gets so many of 1,000 reviews wrong; production gets 120."""
    evaluated = evaluated_run(settings, make_version, run_id, candidate_wrong=wrong)
    Run(settings, run_id).do(DECIDE)
    Run(settings, run_id).do(PROMOTE)
    return evaluated


def test_without_a_model_nothing_is_known(client: Registry) -> None:
    known = client.overview()
    assert (known.production, known.served, known.rejected, known.events) == (None, [], [], [])


def test_production_is_known_with_its_decision_and_the_history(
    client: Registry, settings: RetrainingSettings, make_version: MakeVersion
) -> None:
    worse = retrained(settings, make_version, "worse", wrong=200)
    better = retrained(settings, make_version, "better", wrong=60)

    known = client.overview()

    assert known.production is not None
    assert (known.production.version, known.production.previous) == (better.candidate, better.production)
    assert known.compared_with == better.production
    assert known.decision is not None
    assert known.decision.models["candidate"]["accuracy"] == 0.94
    assert known.decision.against_production[0].lower > 0
    assert (known.served, known.rejected) == ([better.candidate, better.production], [worse.candidate])
    assert [(one.kind, one.outcome) for one in known.events] == [
        ("promotion", "served"),
        ("decision", "improves"),
        ("decision", "rejected"),
        ("by hand", "served"),
    ]
    assert known.production.decision == known.decision
    assert [one.decision.outcome if one.decision else "" for one in known.events] == [
        "improves",
        "improves",
        "rejected",
        "",
    ]


def test_a_rollback_counts_once_and_says_where_it_came_from_and_why(
    client: Registry, settings: RetrainingSettings, make_version: MakeVersion
) -> None:
    registry = open_registry(settings.training)
    first, second = make_version("great"), make_version("fine")
    registry.promote(first)
    registry.promote(second)

    done = client.roll_back(leaving=second, to=first, why="  too many\ncomplaints. ")
    again = client.roll_back(leaving=second, to=first, why="")

    assert done == "Rolled back from version 2 to version 1: it is served within 30 s."
    assert again == "Version 1 is already served; nothing changed."
    production = client.overview().production
    assert production is not None
    assert production.version == first
    assert production.reason == "Rolled back from version 2 to version 1, from the web page: too many complaints."
    alias = registry.tracking.production()
    assert alias is not None
    assert alias.version == first


def test_a_promotion_that_came_first_stays(
    client: Registry, settings: RetrainingSettings, make_version: MakeVersion
) -> None:
    registry = open_registry(settings.training)
    versions = [make_version(word) for word in ("great", "fine", "nice")]
    for version in versions:
        registry.promote(version)

    with pytest.raises(ProblemError, match="Version 3 is served by now, not 2: nothing was changed"):
        client.roll_back(leaving="2", to="1", why="")
    assert served(registry) == "3"


def test_a_rollback_needs_no_mlflow_and_says_what_follows_later(
    settings: RetrainingSettings, make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = open_registry(settings.training)
    for word in ("great", "fine"):
        registry.promote(make_version(word))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{free_port()}")

    done = Registry().roll_back(leaving="2", to="1", why="")

    assert (
        done == "Rolled back to version 1: it is served within 30 s. MLflow does not answer; its alias follows later."
    )
    assert served(registry) == "1"


def test_models_are_loaded_whether_they_were_served_or_not(
    client: Registry, settings: RetrainingSettings, make_version: MakeVersion
) -> None:
    registry = open_registry(settings.training)
    first, second, never = make_version("great"), make_version("fine"), make_version("nice")
    registry.promote(first)
    registry.promote(second)

    for version, word in ((first, "great"), (second, "fine"), (never, "nice")):
        assert client.artifact(version).ngrams == load(tiny_artifact(word)).ngrams
    with pytest.raises(ProblemError, match="There is no version 77"):
        client.artifact("77")


def test_what_is_down_or_damaged_is_a_sentence(
    client: Registry, settings: RetrainingSettings, make_version: MakeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = open_registry(settings.training)
    version = make_version("great")
    pointer = registry.promote(version).pointer
    registry.store.put(pointer.artifact_location[1], b"damaged")
    with pytest.raises(ProblemError, match="The model of version 1 is missing or damaged"):
        client.artifact(version)

    registry.store.put("audit/99991231T000000.000000Z-x.json", b"{")
    with pytest.raises(ProblemError, match="The audit log is damaged"):
        client.overview()

    registry.store.put("serving/production.json", b"{}")
    with pytest.raises(ProblemError, match="The pointer to the production model is damaged"):
        client.overview()

    monkeypatch.setenv("ARTIFACTS_BUCKET", "no-such-bucket")
    with pytest.raises(ProblemError, match="The store of the models does not answer"):
        Registry().overview()
    monkeypatch.delenv("ARTIFACTS_BUCKET")
    with pytest.raises(ProblemError, match="is not told where"):
        Registry()
