"""Drift from the reviews that the first model was trained on."""

from collections import Counter

from ops import first_predictions
from sentiment.evaluation.drift import DRIFTING, ENOUGH_PREDICTIONS, stability_index
from sentiment.model.hyperparameters import Hyperparameters
from sentiment.model.reference import FEATURES, Reference
from sentiment.model.scorer import Scorer
from sentiment.model.training import train
from sentiment.reviews.example import as_examples
from sentiment.reviews.held_out import HoldOut
from sentiment.reviews.sample import is_fresh, load_sample


def test_a_new_loop_shows_no_drift() -> None:
    secret = b"of this loop"
    known = (review for review in load_sample() if not is_fresh(review))
    artifact = train(as_examples(known, HoldOut(secret)), Hyperparameters()).artifact
    scorer, reference = Scorer(artifact), Reference(artifact.reference)
    bins = []
    for review in first_predictions.choose(secret).reviews:
        prediction = scorer.predict(review.full_text)
        bins.append(reference.bins(prediction.probability, len(review.full_text), prediction.unknown))

    assert len(bins) >= ENOUGH_PREDICTIONS
    for place, feature in enumerate(FEATURES):
        counts = Counter(int(of_review[place]) for of_review in bins)
        shares = reference.shares[feature]
        assert stability_index(shares, [counts[one] for one in range(len(shares))]) < DRIFTING, feature
