"""The queue in which reviewers label what the model predicted, by keyboard."""
