"""A prediction is put into the bins of the model's reference, whatever an artifact lacks."""

from __future__ import annotations

import pytest

from sentiment.model.reference import Reference

HISTOGRAMS = {
    "probability": {"edges": [0.25, 0.5], "shares": [0.2, 0.3, 0.5]},
    "characters": {"edges": [], "shares": [1.0]},
}


def test_each_feature_has_its_bin_and_a_missing_one_none() -> None:
    reference = Reference(HISTOGRAMS)
    assert [reference.bins(probability, 80, 0.4) for probability in (0.1, 0.25, 0.9)] == ["00-", "10-", "20-"]


@pytest.mark.parametrize(
    "broken",
    [
        {"edges": [0.5, 0.25], "shares": [0.2, 0.3, 0.5]},
        {"edges": [0.5], "shares": [1.0]},
        {"edges": list(range(10)), "shares": [0.1] * 11},
    ],
    ids=["edges out of order", "too few shares", "too many bins"],
)
def test_what_is_no_histogram_is_refused(broken: dict[str, list[float]]) -> None:
    with pytest.raises(ValueError, match="the reference of probability"):
        Reference({"probability": broken})
