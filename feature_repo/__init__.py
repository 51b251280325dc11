"""The feature store: ingest of reviews, feedback and product statistics, and features for training and serving."""
