"""Feast's entities: a review, and the product that it is about."""

from __future__ import annotations

from feast import Entity, ValueType

review = Entity(
    name="review",
    join_keys=["review_id"],
    value_type=ValueType.STRING,
    description="A review, by the hash of its content.",
)

product = Entity(
    name="product",
    join_keys=["product_id"],
    value_type=ValueType.STRING,
    description="A product, by the shop's id.",
)
