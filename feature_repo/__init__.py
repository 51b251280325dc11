"""The feature store: what the lake holds of reviews, their labels and their products, and how it gets in and out."""
