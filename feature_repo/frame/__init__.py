"""The training frame: the rows that a model is trained and evaluated on, frozen."""
