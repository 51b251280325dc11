"""What `feast apply` registers: Feast looks for definitions among the names of this module."""

from feature_repo.settings import load_settings
from feature_repo.store import definitions

reviews, labels, statistics, review, product, review_text, review_label, product_stats, training, serving = definitions(
    load_settings()
)
