"""The gate: what it accepts and rejects, and that production stays in doubt."""

from __future__ import annotations

import json
import time
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sentiment.evaluation.decision import Rule
from sentiment.evaluation.gate import GateSettings, decide, decide_first
from sentiment.evaluation.metrics import measure
from sentiment.evaluation.paired_bootstrap import PairedBootstrap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sentiment.evaluation.decision import Decision
    from sentiment.reviews.review import Label

N = 2000
TRUTH: list[Label] = ["positive" if i % 10 < 7 else "negative" for i in range(N)]
RIGHT = np.array([0.9 if label == "positive" else 0.1 for label in TRUTH])


def wrong_on(rows: range | list[int]) -> NDArray[np.float64]:
    """Probabilities of a model that is wrong only on these reviews."""
    probabilities = RIGHT.copy()
    probabilities[list(rows)] = 1 - probabilities[list(rows)]
    return probabilities


def gate(models: dict[str, Any], truth: list[Label] = TRUTH) -> Decision:
    return decide(truth, candidate=models["candidate"], production=models["production"], anchor=models["anchor"])


MODELS = ("candidate", "production", "anchor")
PRODUCTION = wrong_on(range(300))
BETTER = wrong_on(range(200))
WORSE = wrong_on(range(400))


def test_a_surely_better_model_improves() -> None:
    decision = decide(TRUTH, candidate=BETTER, production=PRODUCTION, anchor=PRODUCTION)
    assert decision.outcome == "improves"
    assert decision.promotes
    assert decision.reasons == ()
    assert all(found.lower > 0 for found in decision.against_production)
    assert decision.disagreement == 0.05


def test_the_same_model_maintains() -> None:
    decision = decide(TRUTH, candidate=PRODUCTION, production=PRODUCTION, anchor=PRODUCTION)
    assert decision.outcome == "maintains"
    assert decision.promotes


def test_a_gain_that_may_be_chance_maintains() -> None:
    candidate = wrong_on([*range(3, 300), 900])
    assert decide(TRUTH, candidate=candidate, production=PRODUCTION, anchor=PRODUCTION).outcome == "maintains"


def test_a_worse_model_is_rejected_with_every_reason() -> None:
    decision = decide(
        TRUTH, candidate=WORSE, production=PRODUCTION, anchor=BETTER, slices={"source": ["a"] * 1000 + ["b"] * 1000}
    )
    assert decision.outcome == "rejected"
    assert not decision.promotes
    failed = [rule.name for rule in decision.rules if not rule.passed]
    assert failed == [
        "f1 against production",
        "macro_f1 against production",
        "f1 against production, lower bound",
        "macro_f1 against production, lower bound",
        "f1 against the anchor, lower bound",
        "macro_f1 against the anchor, lower bound",
        "recall of positive",
        "recall of negative",
        "accuracy of source a",
    ]
    assert len(decision.reasons) == len(failed)
    assert "below production's" in decision.summary()


def test_any_fall_of_f1_is_rejected_however_small() -> None:
    candidate = wrong_on(range(301))
    decision = decide(TRUTH, candidate=candidate, production=PRODUCTION, anchor=PRODUCTION)
    assert decision.outcome == "rejected"
    assert [rule.name for rule in decision.rules if not rule.passed] == [
        "f1 against production",
        "macro_f1 against production",
    ]


def test_a_gain_in_the_frequent_label_does_not_pay_for_the_rare_one() -> None:
    positives = [i for i in range(N) if TRUTH[i] == "positive"]
    negatives = [i for i in range(N) if TRUTH[i] == "negative"]
    production = wrong_on([*positives[:200], *negatives[:60]])
    candidate = wrong_on([*positives[:100], *negatives[:73]])
    decision = decide(TRUTH, candidate=candidate, production=production, anchor=production)
    assert decision.outcome == "rejected"
    assert decision.reasons == ("recall of negative falls from 0.900 to 0.878, by more than 0.02",)


def test_a_fall_of_exactly_what_is_allowed_passes() -> None:
    negatives = [i for i in range(N) if TRUTH[i] == "negative"]
    positives = [i for i in range(N) if TRUTH[i] == "positive"]
    production = wrong_on([*positives[:200], *negatives[:60]])
    candidate = wrong_on([*positives[:100], *negatives[:72]])  # 12 of 600: 0.02
    assert decide(TRUTH, candidate=candidate, production=production, anchor=production).promotes


def test_slices_of_200_reviews_may_not_fall_and_smaller_ones_are_named() -> None:
    production = wrong_on(range(1000, 1200))
    candidate = wrong_on(range(5))
    for size, outcome in ((200, "rejected"), (199, "improves")):
        names = ["small"] * size + ["large"] * (N - size)
        decision = decide(
            TRUTH, candidate=candidate, production=production, anchor=production, slices={"category": names}
        )
        assert decision.outcome == outcome
        assert decision.slices_too_small == (("category small",) if size == 199 else ())
    assert decision.reasons == ()


def test_small_losses_do_not_add_up_past_twice_the_margin_from_the_anchor() -> None:
    decision = decide(TRUTH, candidate=PRODUCTION, production=PRODUCTION, anchor=BETTER)
    assert decision.outcome == "rejected"
    assert all("of the anchor" in reason for reason in decision.reasons)


def test_the_margin_depends_on_the_number_of_held_out_reviews() -> None:
    settings = GateSettings()
    assert settings.margin_of(2474) == pytest.approx(0.01, abs=1e-5)
    assert settings.margin_of(611) == pytest.approx(0.0201, abs=1e-4)
    assert settings.margin_of(1_000_000) == settings.margin_floor
    assert settings.margin_of(10) == settings.margin_ceiling
    assert GateSettings(margin=0.01).margin_of(10) == 0.01


def test_too_few_held_out_reviews_reject_and_say_how_many_are_needed() -> None:
    needed = GateSettings().reviews_needed()
    assert needed == 275
    few = {"candidate": RIGHT[:274], "production": PRODUCTION[:274], "anchor": PRODUCTION[:274]}
    decision = gate(few, TRUTH[:274])
    assert decision.outcome == "rejected"
    assert decision.reasons == ("274 held-out reviews are too few to compare two models: 275 are needed",)
    enough = dict.fromkeys(few, RIGHT[:275])
    assert gate(enough, TRUTH[:275]).promotes


def test_no_held_out_reviews_or_one_label_alone_reject() -> None:
    nothing = np.array([])
    assert not decide([], candidate=nothing, production=nothing, anchor=nothing).promotes
    assert not decide_first([], nothing).promotes
    one: list[Label] = ["positive"] * N
    decision = decide(one, candidate=RIGHT, production=RIGHT, anchor=RIGHT)
    assert decision.reasons == ("all 2,000 held-out reviews have the same label: they cannot tell models apart",)
    assert not decide_first(one, RIGHT).promotes


@pytest.mark.parametrize("broken", ["candidate", "production", "anchor"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1, 1.1])
def test_an_invalid_probability_is_refused(broken: str, value: float) -> None:
    models = {name: RIGHT.copy() for name in MODELS}
    models[broken][7] = value
    with pytest.raises(ValueError, match=f"{broken}: a probability is outside 0 to 1"):
        gate(models)


@pytest.mark.parametrize("broken", ["candidate", "production", "anchor"])
@pytest.mark.parametrize("given", [RIGHT[1:], [], None])
def test_a_missing_or_shorter_model_is_refused(broken: str, given: list[float] | None) -> None:
    models: dict[str, Any] = dict.fromkeys(MODELS, RIGHT) | {broken: given}
    with pytest.raises(ValueError, match=f"{broken}: . probabilities for 2000|{broken}: 1999 probabilities for 2000"):
        gate(models)


def test_an_unknown_label_and_slices_of_another_length_are_refused() -> None:
    models = dict.fromkeys(MODELS, RIGHT)
    with pytest.raises(ValueError, match="neither positive nor negative"):
        gate(models, [*TRUTH[1:], "neutral"])  # type: ignore[list-item]  # the wrong label is the point
    with pytest.raises(ValueError, match="slices by source: 1 names for 2000"):
        decide(TRUTH, candidate=BETTER, production=BETTER, anchor=BETTER, slices={"source": ["a"]})


def test_a_first_model_beats_the_majority_and_the_floor() -> None:
    decision = decide_first(TRUTH, PRODUCTION)
    assert decision.outcome == "improves"
    assert decision.first
    assert "first model" in decision.summary()


def test_a_first_model_that_predicts_the_majority_is_rejected() -> None:
    decision = decide_first(TRUTH, np.full(N, 0.9))
    assert decision.outcome == "rejected"
    assert len(decision.reasons) == 2


def test_a_first_model_whose_interval_reaches_below_the_floor_is_rejected() -> None:
    assert decide_first(TRUTH[:40], wrong_on([0, 1, 2, 3, 4, 5, 8, 9, 18, 19])[:40]).outcome == "rejected"


def test_the_decision_cannot_be_changed_and_is_plain_json() -> None:
    decision = decide(TRUTH, candidate=BETTER, production=PRODUCTION, anchor=PRODUCTION)
    with pytest.raises(FrozenInstanceError):
        decision.outcome = "rejected"  # type: ignore[misc]  # that it is refused is the point
    kept = json.loads(json.dumps(decision.to_dict(), allow_nan=False))
    assert kept["outcome"] == "improves"
    assert kept["settings"]["margin_ceiling"] == 0.03
    assert {rule["name"] for rule in kept["rules"]} >= {"recall of negative", "f1 against production, lower bound"}
    metrics = decision.metrics()
    assert metrics["macro_f1_against_anchor_lower"] == decision.against_anchor[1].lower
    assert all(isinstance(value, float) for value in metrics.values())


def test_the_summary_says_which_difference_would_be_found() -> None:
    decision = decide(TRUTH, candidate=BETTER, production=PRODUCTION, anchor=PRODUCTION)
    macro = decision.against_production[1]
    # Accuracy's would be the square root of 6.18 d / n: macro-F1's is of that size.
    assert macro.detectable == pytest.approx((6.18 * 0.05 / N) ** 0.5, rel=0.35)
    assert f"{macro.detectable:.3f}" in decision.summary()


def test_the_bootstrap_agrees_with_metrics_and_resampled_rows() -> None:
    random = np.random.default_rng(5)
    truth = np.array(TRUTH) == "positive"
    predicted = [PRODUCTION > 0.5, (PRODUCTION > 0.5) ^ (random.random(N) < 0.04)]
    f1, macro = PairedBootstrap(truth, predicted, resamples=4000, seed=1).differences(1, 0)
    measured = [measure(truth, labels.astype(float)) for labels in predicted]
    assert (f1.candidate, macro.candidate) == (measured[1].f1, measured[1].macro_f1)
    assert (f1.other, macro.other) == (measured[0].f1, measured[0].macro_f1)
    drawn = []
    for _ in range(2000):
        rows = random.integers(N, size=N)
        drawn.append(
            measure(truth[rows], predicted[1][rows].astype(float)).macro_f1
            - measure(truth[rows], predicted[0][rows].astype(float)).macro_f1
        )
    lower, upper = np.quantile(drawn, (0.05, 0.95))
    assert macro.lower == pytest.approx(lower, abs=0.0015)
    assert macro.upper == pytest.approx(upper, abs=0.0015)


def test_the_same_reviews_give_the_same_decision() -> None:
    decisions = [decide(TRUTH, candidate=BETTER, production=PRODUCTION, anchor=WORSE) for _ in range(2)]
    assert decisions[0] == decisions[1]


def test_a_decision_on_3000_reviews_takes_less_than_half_a_second() -> None:
    truth = TRUTH + TRUTH[:1000]
    models = dict.fromkeys(MODELS, np.tile(PRODUCTION, 2)[:3000])
    began = time.process_time()
    gate(models, truth)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "settings",
    [
        {"margin": 0.0},
        {"margin": 0.04},
        {"margin_floor": 0.0},
        {"margin_floor": 0.04},
        {"disagreement": 0.0},
        {"most_recall_lost": -0.1},
        {"first_floor": 1.0},
        {"least_slice": 0},
        {"resamples": 10},
        {"seed": -1},
    ],
)
def test_settings_that_would_open_or_break_the_gate_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        GateSettings(**settings)  # type: ignore[arg-type]  # the wrong values are the point


def test_a_fall_on_reviews_newer_than_productions_window_is_rejected() -> None:
    newer = [row >= N - 300 for row in range(N)]
    fallen = wrong_on([*range(200), *range(N - 60, N)])
    decision = decide(TRUTH, candidate=fallen, production=PRODUCTION, anchor=PRODUCTION, newer=newer)
    assert decision.newer == 300
    assert decide(TRUTH, candidate=fallen, production=PRODUCTION, anchor=PRODUCTION).promotes
    assert not decision.promotes
    assert all("newer than production's window" in reason for reason in decision.reasons)


def test_too_few_newer_reviews_are_reported_and_decide_nothing() -> None:
    newer = [row >= N - 200 for row in range(N)]
    fallen = wrong_on([*range(200), *range(N - 60, N)])
    decision = decide(TRUTH, candidate=fallen, production=PRODUCTION, anchor=PRODUCTION, newer=newer)
    assert decision.promotes
    assert [found.metric for found in decision.on_newer] == ["f1", "macro_f1"]
    assert decision.on_newer[1].difference < -0.1
    assert decision.metrics()["newer_reviews"] == 200
    assert decision.metrics()["macro_f1_against_production_on_newer"] < -0.1


def test_newer_reviews_of_one_label_say_nothing() -> None:
    newer = [label == "positive" for label in TRUTH]
    decision = decide(TRUTH, candidate=BETTER, production=PRODUCTION, anchor=PRODUCTION, newer=newer)
    assert decision.promotes
    assert decision.on_newer == ()


def test_a_rule_from_elsewhere_rejects_with_its_reason() -> None:
    also = [
        Rule("behaviour", passed=True, value=0, limit=0),
        Rule("evidence", passed=False, value=0.5, limit=0.1, reason="a word turns praise"),
    ]
    decision = decide(TRUTH, candidate=BETTER, production=PRODUCTION, anchor=PRODUCTION, also=also)
    assert decision.outcome == "rejected"
    assert decision.reasons == ("a word turns praise",)
    assert decision.rules[-2:] == tuple(also)
