"""Sums over all reviews that scale the columns and estimate the curvature of the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sentiment.model import features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sentiment.model.streaming.blocks import Block


class Moments:
    """Sums over the reviews trained on, by label (first index: 0 negative, 1 positive).

    Attributes:
        rows: Number of reviews, int64 (2,).
        weight: Their weight, (2,).
        held_by: Weight of those that contain each n-gram, (2, width).
        squares: Weighted squares of each n-gram's value, (2, width).
        values: Weighted products of every two lexicon values, and of each with 1, (2, values + 1, values + 1).
        reserved: Number of reserved reviews, int64 (2,).
    """

    def __init__(self, width: int) -> None:
        size = len(features.VALUES) + 1
        self.rows = np.zeros(2, dtype=np.int64)
        self.weight = np.zeros(2)
        self.held_by = np.zeros((2, width))
        self.squares = np.zeros((2, width))
        self.values = np.zeros((2, size, size))
        self.reserved = np.zeros(2, dtype=np.int64)

    def add(self, block: Block) -> None:
        """Add the reviews of a block."""
        self.reserved += np.bincount(block.labels[block.reserved], minlength=2)
        weights = np.where(block.reserved, 0.0, block.weights)
        of_label = np.stack([weights * (block.labels == label) for label in (0, 1)])
        sums = block.presence(self.held_by.shape[1]).T @ np.concatenate([of_label, of_label * block.norms**2]).T
        self.held_by += sums[:, :2].T
        self.squares += sums[:, 2:].T
        values = np.column_stack([block.values, np.ones(len(block.norms))]).astype(np.float64)
        for label in (0, 1):
            self.rows[label] += np.count_nonzero((block.labels == label) & ~block.reserved)
            self.weight[label] += of_label[label].sum()
            self.values[label] += (values * of_label[label][:, None]).T @ values

    def balance(self) -> NDArray[np.float64]:
        """Return the factor of each label's reviews that makes both labels count the same, (2,)."""
        balance: NDArray[np.float64] = self.weight.sum() / (2 * self.weight)
        return balance

    def ngram_scale(self, least: float) -> NDArray[np.float64]:
        """Return the root of each n-gram's absolute log-count ratio, 0 for those in fewer reviews, (width,)."""
        shares = (self.held_by + 1) / (self.weight[:, None] + 2)
        scale: NDArray[np.float64] = np.sqrt(np.abs(np.log(shares[1] / shares[0])))
        scale[self.held_by.sum(axis=0) < least] = 0.0
        return scale

    def value_scale(self) -> NDArray[np.float64]:
        """Return one over the root mean square of each lexicon value, (values,)."""
        mean_squares = np.diagonal(self.values.sum(axis=0))[:-1] / self.weight.sum()
        scale: NDArray[np.float64] = 1 / np.sqrt(np.where(mean_squares > 0, mean_squares, 1.0))
        return scale
