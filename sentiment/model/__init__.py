"""The model: features, training, artifact, scoring and explanation."""
