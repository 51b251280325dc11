"""The definitions of the metrics fit together."""

from sentiment.schemas.metrics import REQUEST_BUCKETS_S, SLOW_S


def test_whether_a_prediction_was_slow_can_be_read_from_a_bucket() -> None:
    assert SLOW_S in REQUEST_BUCKETS_S
